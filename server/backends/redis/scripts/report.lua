-- Makes reports durable and deletes the edges that they tell, in one step.
-- KEYS    bytes of all logs, last number of a report, shards, numbers of notices, edges of the shard,
--         then for each report: log of its address, addresses of that one's shard
-- ARGV    claim on the shard of the edges ("": there are none), that shard, channel of notices up to the node,
--         most reports and bytes of one address, number of edges, their ids,
--         then for each report: shard of its address, address, facts as JSON, body, age in ms
-- Returns {1, number of each report, or 0 if its address has too many}; {0} if the edges are gone, because it has run before;
--         -1 if the shard has another owner
-- Bounds  the reports and edges that are given
-- @use time
-- @use owner
-- @use notice
-- @use notify
-- @use hook
local claim, shard, channels, most, mostBytes, edges = unpack(ARGV, 1, 6)
edges = tonumber(edges)
if claim ~= '' then
  if redis.call('HGET', KEYS[3], shard) ~= claim then return -1 end
  if #redis.call('XRANGE', KEYS[5], ARGV[7], ARGV[7]) == 0 then return { 0 } end
end
-- Reports come first: they are what Redis refuses when it is out of memory, and then nothing has changed.
local answer, key = { 1 }, 6
for at = 7 + edges, #ARGV, 5 do
  local keys = { KEYS[key], KEYS[key + 1], KEYS[1], KEYS[2], KEYS[3], KEYS[4] }
  local owner, address, facts, body, age = unpack(ARGV, at, at + 4)
  answer[#answer + 1] =
    appendReport(keys, channels, owner, address, tonumber(most), tonumber(mostBytes), facts, body, tonumber(age), '')
  key = key + 2
end
for at = 7, 6 + edges do redis.call('XDEL', KEYS[5], ARGV[at]) end
return answer
