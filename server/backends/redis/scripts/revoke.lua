-- Ends the tokens of a name up to a time, forgets older ends, and tells all nodes.
-- KEYS    reg, revoked, ctl
-- ARGV    name, time in ms, time before which ends are forgotten, mark of the node
-- Returns version of the registry
-- Bounds  one entry in ctl; each end is forgotten once
-- @use log
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[3])
redis.call('ZADD', KEYS[2], 'GT', ARGV[2], ARGV[1])
local number = redis.call('INCR', KEYS[1])
local at = redis.call('ZSCORE', KEYS[2], ARGV[1])
tell(KEYS[3], 'k', 'revoked', 'n', ARGV[1], 'r', string.format('%.0f', number), 'v', at, 'o', ARGV[4])
return number
