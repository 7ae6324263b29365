-- Gives names to sockets of a node, and tells those that bore them. A socket that says its name again, after a doubt, gets it
-- unless another bears it.
-- KEYS    nodes, bearers of names, numbers of notices
-- ARGV    channel of notices up to the node, node, "again" or "", then for each row a name and the id of a socket
-- Returns {"dead"} if the node is dead; else {"", for each row 1 if the socket has the name or 0}
-- Bounds  the rows, one notice for each
-- @use notice
-- @use notify
local notices, node, mode = unpack(ARGV, 1, 3)
if tonumber(redis.call('ZSCORE', KEYS[1], node) or '0') <= 0 then return { 'dead' } end
local answer = { '' }
for at = 4, #ARGV, 2 do
  local name, socket = unpack(ARGV, at, at + 1)
  local bearer = node .. ':' .. socket
  local other, before = string.match(redis.call('HGET', KEYS[2], name) or ':', '^([^:]*):(.*)$')
  local isSame = before == socket
  local isOthers = not isSame and tonumber(redis.call('ZSCORE', KEYS[1], other) or '0') > 0
  local has = mode == '' or not isOthers
  if has then redis.call('HSET', KEYS[2], name, bearer) end
  if has and isOthers then notify(KEYS[3], notices, other, 12, { name, before }) end
  answer[#answer + 1] = has and 1 or 0
end
return answer
