-- Removes a record of the registry unless someone changed it since the caller looked, and tells all nodes.
-- What belongs to a device goes in the same step, so that a device which gets the name next never loses anything.
-- KEYS    reg, the hash of the records, the names removed lately, ctl, then for a device those of parts/forget.lua
-- ARGV    kind of the entry in ctl, name, version up to which the caller knows the records ("": any), mark of the node,
--         "1" if a device with messages in its queue stays
-- Returns version of the registry, or 0 after a conflict; -1 if there is no such record, -2 if there are messages
-- Bounds  one record, one entry in ctl, 1000 names removed lately; the history, if an earlier one is still aside
-- @use forget
-- @use log
-- @use registry
local stored = redis.call('HGET', KEYS[2], ARGV[2])
local version = changed(stored, KEYS[3], ARGV[2])
if ARGV[3] ~= '' and version > tonumber(ARGV[3]) then return 0 end
if not stored then return -1 end
if ARGV[5] == '1' and redis.call('ZCARD', KEYS[6]) > 0 then return -2 end
local number = redis.call('INCR', KEYS[1])
redis.call('HDEL', KEYS[2], ARGV[2])
if KEYS[5] then forget({ unpack(KEYS, 5) }, ARGV[2]) end
redis.call('ZADD', KEYS[3], number, ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1001)
tell(KEYS[4], 'k', ARGV[1], 'n', ARGV[2], 'r', string.format('%.0f', number), 'o', ARGV[4])
return number
