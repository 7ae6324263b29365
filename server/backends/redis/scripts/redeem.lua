-- Finds a pairing code, or claims it for one caller. A claimed code outlives its time for a while, because its use takes some.
-- KEYS    the code
-- ARGV    "find" or "claim", how much longer a claimed code is there in ms
-- Returns {maker or "", time at which it expires as it is shown, "1" if it lets a device manage the relay}, or {} if it is unknown or over, or claimed by another
-- Bounds  one code
-- @use time
local by, expires, ends, claimed, manage =
  unpack(redis.call('HMGET', KEYS[1], 'by', 'expires', 'ends', 'claimed', 'manage'))
if not ends or tonumber(ends) <= now() then return {} end
if ARGV[1] == 'claim' then
  if claimed then return {} end
  redis.call('HSET', KEYS[1], 'claimed', 1)
  redis.call('PEXPIRE', KEYS[1], tonumber(ends) - now() + ARGV[2])
end
return { by, expires, manage or '' }
