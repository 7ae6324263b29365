-- Gives shards to a node, each with a fence that is above every earlier one. A shard is free if it has no owner, or one
-- whose lease has ended.
-- KEYS    shards, nodes
-- ARGV    node, then for each shard its number and the highest fence that the node has seen
-- Returns for each shard its fence, or 0 if another node has it
-- Bounds  64 shards
-- @use time
local time = now()
local id = ARGV[1]
local isAlive = redis.call('ZSCORE', KEYS[2], id)
local fences = {}
for at = 2, #ARGV, 2 do
  local owner, fence = string.match(redis.call('HGET', KEYS[1], ARGV[at]) or '|0', '^(.*)|(%d+)$')
  local lease = owner ~= '' and redis.call('ZSCORE', KEYS[2], owner)
  local isFree = owner == id or not lease or tonumber(lease) <= time
  if not isAlive or not isFree then
    fences[#fences + 1] = 0
  else
    -- The same claim again, whose answer was lost, gets the same fence.
    if owner ~= id then fence = math.max(tonumber(fence), tonumber(ARGV[at + 1])) + 1 end
    redis.call('HSET', KEYS[1], ARGV[at], string.format('%s|%.0f', id, tonumber(fence)))
    fences[#fences + 1] = tonumber(fence)
  end
end
return fences
