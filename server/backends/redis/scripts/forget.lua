-- Takes everything from a name that no device has. What another node has registered meanwhile keeps all.
-- KEYS    devices, then those of parts/forget.lua
-- ARGV    name
-- Returns number of messages in the history aside
-- Bounds  the history, if an earlier one is still aside
-- @use forget
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then forget({ unpack(KEYS, 2) }, ARGV[1]) end
return redis.call('ZCARD', KEYS[7])
