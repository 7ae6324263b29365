-- Takes everything from a device that was removed. Its history goes aside, for `orphan` to look through.
-- KEYS    history, queue, statuses, last received, devices of the shard with a queue, history aside
-- ARGV    device
-- Returns number of messages in the history aside
-- Bounds  constant
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[6]) end
redis.call('UNLINK', KEYS[2], KEYS[3])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
return redis.call('ZCARD', KEYS[6])
