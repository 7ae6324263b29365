-- Asks each node with sockets on a channel whether these have read everything that was sent to them.
-- KEYS    numbers of notices, subscribers by node
-- ARGV    channel of notices up to the node, node that asks, ticket, app, channel
-- Returns how many nodes are asked
-- Bounds  32 nodes
-- @use notice
-- @use notify
local count = 0
for _, node in ipairs(redis.call('HKEYS', KEYS[2])) do
  if node ~= '' then
    count = count + 1
    notify(KEYS[1], ARGV[1], node, 13, { ARGV[2], ARGV[3], ARGV[4], ARGV[5] })
  end
end
return count
