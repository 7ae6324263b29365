-- Makes or extends the lease of a node, and tells it what all nodes look like.
-- KEYS    nodes, record of the node, shards, numbers of notices
-- ARGV    node, lease in ms, start of the keys of node records, channel of notices up to the node, "1" if the node may be new, command to publish with,
--         state ("starting", "ready" or "draining"), name that it wants or "", facts as JSON or "", figures as JSON, echo
-- Returns {"dead"} if the node has lost its lease to others
--         {time in ms, number of its last notice, name, {node, deadline, state, name, …}, {shard, owner|fence, …}}
-- Bounds  32 nodes, 64 shards
-- @use time
-- @use notice
-- @use notify
local id, lease, records, channels, isNew, publish, state, wanted, facts, figures, echo = unpack(ARGV)
local record = KEYS[2]
local time = now()
local deadline = redis.call('ZSCORE', KEYS[1], id)
if deadline == '0' or not deadline and isNew ~= '1' then return { 'dead' } end
if not deadline then
  redis.call('HSET', record, 'started', string.format('%.0f', time))
  redis.call('HSET', KEYS[4], id, 0, '!', publish)
end
redis.call('ZADD', KEYS[1], time + lease, id)
redis.call('HSET', record, 'state', state, 'seen', string.format('%.0f', time), 'figures', figures)

local nodes, taken = {}, {}
for _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local found = redis.call('HMGET', records .. other, 'state', 'name')
  if found[2] then taken[found[2]] = other end
  nodes[#nodes + 1] = { other, redis.call('ZSCORE', KEYS[1], other), found[1] or 'starting', found[2] or '' }
end

local name = redis.call('HGET', record, 'name') or ''
if name == '' and wanted ~= '' then
  name = wanted
  local number = 1
  while taken[name] do
    number = number + 1
    name = wanted .. '#' .. number
  end
  redis.call('HSET', record, 'name', name)
end
-- They change with the token.
if facts ~= '' then redis.call('HSET', record, 'facts', facts) end

notify(KEYS[4], channels, id, 3, {}, echo)
local last = tonumber(redis.call('HGET', KEYS[4], id))
return { string.format('%.0f', time), last, name, nodes, redis.call('HGETALL', KEYS[3]) }
