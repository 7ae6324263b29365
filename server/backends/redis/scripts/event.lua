-- Adds an event that is no edge to the edges of its channel's shard, unless it was added before.
-- KEYS    edges of the shard, shards, numbers of notices, mark of the event
-- ARGV    channel of notices up to the node, shard, app, channel, event as JSON, most entries, how long the mark is kept in ms
-- Returns 1; 0 if the mark was there; -1 if there are too many entries
-- Bounds  one entry, one mark, one notice
-- @use owner
-- @use notice
-- @use notify
-- @use edge
local channels, shard, app, channel, event, most, kept = unpack(ARGV)
if redis.call('XLEN', KEYS[1]) >= tonumber(most) then return -1 end
if not redis.call('SET', KEYS[4], '1', 'NX', 'PX', kept) then return 0 end
edge(KEYS[2], KEYS[3], channels, KEYS[1], shard, 'e', app, channel, '', event)
return 1
