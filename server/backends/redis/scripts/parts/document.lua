-- The head of a stored document, up to the first line break: version, expiry in ms (0: never), ticket of the change, then for
-- each list its name and where the document stands there. Names have no tabs and no line breaks, see backends/documents.ts.
local function headOf(record)
  local head = {}
  for field in string.gmatch(string.match(record, '^[^\n]*'), '[^\t]+') do head[#head + 1] = field end
  return head
end

-- Takes a document out of its collection, its lists and the documents that expire. `starts` has the starts of the keys of
-- collections and of lists.
local function dropDocument(starts, expiries, collection, id, head)
  for at = 4, #head, 2 do redis.call('ZREM', starts.lists .. collection .. ':' .. head[at], head[at + 1]) end
  redis.call('HDEL', starts.collections .. collection, id)
  redis.call('ZREM', expiries, collection .. '\t' .. id)
end
