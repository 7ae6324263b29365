-- Sends a notice to a node, with the number that follows that of its last one. A node without a number is gone. The field
-- "!" has the command: in a Redis Cluster, channels are sharded.
local function notify(numbers, channels, node, kind, fields, body)
  local found = redis.call('HMGET', numbers, node, '!')
  if not found[1] then return end
  local number = redis.call('HINCRBY', numbers, node, 1)
  redis.call(found[2] or 'PUBLISH', channels .. node, notice(kind, number, fields, body))
end
