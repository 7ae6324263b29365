-- Makes a pairing code. Beyond a number, the oldest codes of its maker end, and of all devices if a device made it.
-- KEYS    the code, codes of its maker by age, codes of all devices by age if a device made it
-- ARGV    start of the keys of codes, name of the code, its maker or "", time at which it expires as it is shown,
--         how long it lives in ms, most codes of the maker, most codes of all devices, "1" if it lets a device manage
--         the relay, else ""
-- Returns nothing
-- Bounds  the most codes, of which one ends for each that is made
-- @use time
-- @use newest
local prefix, name, by, expires = unpack(ARGV, 1, 4)
local lifetime = tonumber(ARGV[5])
local ends = string.format('%.0f', now() + lifetime)
redis.call('HSET', KEYS[1], 'by', by, 'expires', expires, 'ends', ends, 'manage', ARGV[8])
redis.call('PEXPIRE', KEYS[1], lifetime)
keepNewest(KEYS[2], prefix, name, lifetime, tonumber(ARGV[6]))
if KEYS[3] then keepNewest(KEYS[3], prefix, name, lifetime, tonumber(ARGV[7])) end
