-- Counts what waits in several queues.
-- KEYS    the queues
-- ARGV    none
-- Returns their lengths
-- Bounds  the queues
local depths = {}
for index, key in ipairs(KEYS) do depths[index] = redis.call('ZCARD', key) end
return depths
