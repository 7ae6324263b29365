-- Orders all nodes to end the connections of a user. The order is kept for a while, for nodes that miss the entry.
-- KEYS    ctl, orders by time
-- ARGV    app, user, entry of the order, how long it is kept in ms
-- Returns nothing
-- Bounds  one entry in ctl; each order is forgotten once
-- @use time
-- @use log
local time = now()
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', time - ARGV[4])
redis.call('ZADD', KEYS[2], time, ARGV[3])
tell(KEYS[1], 'k', 'terminate', 'n', ARGV[2], 'v', ARGV[1])
