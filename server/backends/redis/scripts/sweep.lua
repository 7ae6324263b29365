-- Deletes documents that have expired.
-- KEYS    documents by expiry
-- ARGV    start of the keys of collections, start of the keys of lists, most documents
-- Returns how many were deleted
-- Bounds  the most documents, with 8 lists each
-- @use time
-- @use document
local starts = { collections = ARGV[1], lists = ARGV[2] }
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now(), 'LIMIT', 0, ARGV[3])
for _, name in ipairs(expired) do
  local collection, id = string.match(name, '^([^\t]*)\t(.*)$')
  local record = redis.call('HGET', starts.collections .. collection, id)
  if record then dropDocument(starts, KEYS[1], collection, id, headOf(record)) else redis.call('ZREM', KEYS[1], name) end
end
return #expired
