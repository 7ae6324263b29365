-- Says how many connections of an app a node has, and takes more if the app may have them. The number that the node has is
-- absolute, so a call may be repeated.
-- KEYS    nodes, connections of the node by app
-- ARGV    start of the keys of connections, node, app, how many it has, how many more it wants, most of the app or ""
-- Returns how many more it has now, or -1 if the node is dead
-- Bounds  32 nodes
local prefix, node, app = unpack(ARGV, 1, 3)
local own, wanted, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if tonumber(redis.call('ZSCORE', KEYS[1], node) or '0') <= 0 then return -1 end
local taken = wanted
if most and wanted > 0 then
  local count = own
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf')) do
    if other ~= node then count = count + tonumber(redis.call('HGET', prefix .. other, app) or '0') end
  end
  taken = math.max(0, math.min(wanted, most - count))
end
if own + taken > 0 then redis.call('HSET', KEYS[2], app, own + taken) else redis.call('HDEL', KEYS[2], app) end
return taken
