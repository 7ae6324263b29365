-- Removes a node whose lease has ended, or the node that calls: its record, and what it owned. If it still has anything on
-- channels, it is only given up: others have to take that back first.
-- KEYS    nodes, record of the node, shards, numbers of notices, what the node has, its connections
-- ARGV    node, "1" if it is the node that calls
-- Returns 1 if it is gone now, 0 if it was gone before, lives, or still has something
-- Bounds  64 shards
-- @use time
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease then return 0 end
if ARGV[2] ~= '1' and tonumber(lease) > now() then return 0 end
local shards = redis.call('HGETALL', KEYS[3])
for at = 1, #shards, 2 do
  local owner, fence = string.match(shards[at + 1], '^(.*)|(%d+)$')
  if owner == ARGV[1] then redis.call('HSET', KEYS[3], shards[at], '|' .. fence) end
end
if redis.call('EXISTS', KEYS[5]) == 1 then
  redis.call('ZADD', KEYS[1], 0, ARGV[1])
  return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2], KEYS[6])
redis.call('HDEL', KEYS[4], ARGV[1])
return 1
