-- Takes shards from their owner, and tells the nodes that should have them. The fences stay.
-- KEYS    shards, numbers of notices
-- ARGV    node, channel of notices up to the node, then for each shard its number and the node that should have it, or ""
-- Returns how many the node had
-- Bounds  64 shards, one notice for each node
-- @use notice
-- @use notify
local released, told = 0, {}
for at = 3, #ARGV, 2 do
  local owner, fence = string.match(redis.call('HGET', KEYS[1], ARGV[at]) or '|0', '^(.*)|(%d+)$')
  if owner == ARGV[1] then
    redis.call('HSET', KEYS[1], ARGV[at], '|' .. fence)
    released = released + 1
    told[ARGV[at + 1]] = true
  end
end
for node in pairs(told) do notify(KEYS[2], ARGV[2], node, 4, {}) end
return released
