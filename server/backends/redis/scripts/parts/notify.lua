-- Sends a notice to a node, with the number that follows that of its last one. A node without a number is gone.
local function notify(numbers, channels, node, kind, fields, body)
  if redis.call('HEXISTS', numbers, node) == 0 then return end
  local number = redis.call('HINCRBY', numbers, node, 1)
  redis.call('PUBLISH', channels .. node, notice(kind, number, fields, body))
end
