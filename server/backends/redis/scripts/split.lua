-- Replaces a report by others that take its place in the order.
-- KEYS    log of its address, addresses of that one's shard, bytes of all logs, last number of a report, shards,
--         numbers of notices
-- ARGV    claim on the shard, shard, channel of notices up to the node, address, number, bytes of its body, its place,
--         then for each part: facts as JSON, body
-- Returns {1, numbers of the parts}; {0} if it is not stored; -1 if the shard has another owner
-- Bounds  the parts that are given
-- @use time
-- @use owner
-- @use notice
-- @use notify
-- @use hook
local claim, shard, channels, address, number, bytes, place = unpack(ARGV, 1, 7)
if redis.call('HGET', KEYS[5], shard) ~= claim then return -1 end
local whole = redis.call('XRANGE', KEYS[1], number .. '-0', number .. '-0')[1]
if not whole then return { 0 } end
local answer, age = { 1 }, now() - tonumber(whole[2][6])
for at = 8, #ARGV, 2 do
  answer[#answer + 1] =
    appendReport(KEYS, channels, shard, address, math.huge, math.huge, ARGV[at], ARGV[at + 1], age, place)
end
removeReport(KEYS, address, number, tonumber(bytes))
return answer
