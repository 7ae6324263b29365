-- Counts a wrong credential of a network, once each. Tells all nodes when the network has shown as many as it may.
-- KEYS    credentials of the network, networks by age, ctl
-- ARGV    start of the keys of networks, network, digest of the credential, how many it may show,
--         how long they count in ms from the first on, most networks
-- Returns for how many ms the network is locked out, 0 if it is not
-- Bounds  the credentials that it may show, the most networks, one entry in ctl
-- @use newest
-- @use log
local network, limit, lifetime = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local count = redis.call('SCARD', KEYS[1])
if count < limit then
  if redis.call('SADD', KEYS[1], ARGV[3]) == 0 then return 0 end
  if count == 0 then
    redis.call('PEXPIRE', KEYS[1], lifetime)
    keepNewest(KEYS[2], ARGV[1], network, lifetime, tonumber(ARGV[6]))
  end
  if count + 1 < limit then return 0 end
  tell(KEYS[3], 'k', 'throttled', 'n', network, 'v', redis.call('PTTL', KEYS[1]))
end
return redis.call('PTTL', KEYS[1])
