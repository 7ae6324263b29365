-- Gives up a node whose lease has ended: it cannot extend the lease again.
-- KEYS    nodes
-- ARGV    node
-- Returns 1 if it is dead, 0 if it lives or is gone
-- Bounds  one node
-- @use time
local lease = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1')
if lease < 0 or lease > now() then return 0 end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
return 1
