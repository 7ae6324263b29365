-- Adds, replaces or removes a document unless someone changed it since the caller looked, and tells all nodes.
-- KEYS    the documents of the collection, last version, documents by expiry, mark of this removal, nodes, numbers of notices
-- ARGV    collection, id, ticket of this change, version that the caller has seen ("": any), expiry in ms (0: never),
--         value as JSON ("": remove it), start of the keys of collections, start of the keys of lists, channel of notices up
--         to the node, most expired documents to delete, then for each list its name and where the document stands there
-- Returns the new version; 0 after a removal; -1 after a conflict; -2 if there is nothing to remove
-- Bounds  one document with 8 lists, 8 expired ones of other collections, one notice for each node
-- @use time
-- @use notice
-- @use notify
-- @use document
local collection, id, ticket, seen, expiry, value = unpack(ARGV, 1, 6)
local starts = { collections = ARGV[7], lists = ARGV[8] }
local record = redis.call('HGET', KEYS[1], id)
local head = record and headOf(record)
-- The answer of this change was lost, and its node asks again.
if head and head[3] == ticket then return tonumber(head[1]) end
if value == '' and redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
local time = now()
local isThere = head and (head[2] == '0' or tonumber(head[2]) > time)
if value == '' and not isThere then return -2 end
if seen ~= '' and (isThere and head[1] or '0') ~= seen then return -1 end
if head then dropDocument(starts, KEYS[3], collection, id, head) end
local version = 0
if value == '' then
  redis.call('SET', KEYS[4], '1', 'PX', 60000)
else
  version = redis.call('INCR', KEYS[2])
  local fields = { string.format('%.0f', version), expiry, ticket }
  for at = 11, #ARGV, 2 do
    fields[#fields + 1] = ARGV[at]
    fields[#fields + 1] = ARGV[at + 1]
    redis.call('ZADD', starts.lists .. collection .. ':' .. ARGV[at], 0, ARGV[at + 1])
  end
  redis.call('HSET', KEYS[1], id, table.concat(fields, '\t') .. '\n' .. value)
  if expiry ~= '0' then redis.call('ZADD', KEYS[3], expiry, collection .. '\t' .. id) end
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', time, 'LIMIT', 0, ARGV[10])) do
  local kind, other = string.match(name, '^([^\t]*)\t(.*)$')
  local expired = redis.call('HGET', starts.collections .. kind, other)
  if expired then dropDocument(starts, KEYS[3], kind, other, headOf(expired)) end
end
for _, node in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
  notify(KEYS[6], ARGV[9], node, 16, { collection, id }, '')
end
return version
