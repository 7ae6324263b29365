-- Makes the record of the cluster if there is none.
-- KEYS    meta, mark of a restore that has not ended
-- ARGV    format, a random id, number of shards, "1" if the restore ends now
-- Returns 1 if it was made now, 0 if it was there, -1 if a restore has not ended
-- Bounds  one hash of five fields
-- @use time
if ARGV[4] ~= '1' and redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'id', ARGV[2], 'made', string.format('%.0f', now()), 'shards', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
