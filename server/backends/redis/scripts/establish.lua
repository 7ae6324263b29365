-- Makes the record of the cluster if there is none.
-- KEYS    meta
-- ARGV    format, a random id, number of shards
-- Returns 1 if it was made now, else 0
-- Bounds  one hash of five fields
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'id', ARGV[2], 'made', now, 'shards', ARGV[3])
return 1
