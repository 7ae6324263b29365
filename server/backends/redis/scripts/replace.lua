-- Replaces secrets, unless one of them is no longer what it was, and tells all nodes.
-- KEYS    secrets, ctl
-- ARGV    name of a secret, what it has to be, then names and secrets in turn
-- Returns 1 if they were replaced, or else 0
-- Bounds  one entry in ctl; as many secrets as are given
-- @use log
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
tell(KEYS[2], 'k', 'secrets', 'n', ARGV[1])
return 1
