-- Deletes a message with everything that devices have of it.
-- KEYS    log, read marks; for each shard: its messages by expiry; for each recipient: history, queue, statuses,
--         devices of its shard with a queue; the lists that have it; the key of its number
-- ARGV    mid, number of shards, number of lists; the recipients
-- Returns 1, or 0 if it is gone already
-- Bounds  the recipients
local mid, shards, lists = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREM', KEYS[2], mid)
local rest = 2 + shards + 4 * (#ARGV - 3)
for index = rest + 1, rest + lists do redis.call('ZREM', KEYS[index], mid) end
for index = rest + lists + 1, #KEYS do redis.call('DEL', KEYS[index]) end
for index = 1, shards do redis.call('ZREM', KEYS[2 + index], mid) end
for index = 1, #ARGV - 3 do
  local at = 2 + shards + 4 * (index - 1)
  redis.call('ZREM', KEYS[at + 1], mid)
  redis.call('HDEL', KEYS[at + 3], mid)
  if redis.call('ZREM', KEYS[at + 2], mid) == 1 and redis.call('EXISTS', KEYS[at + 2]) == 0 then
    redis.call('SREM', KEYS[at + 4], ARGV[3 + index])
  end
end
return redis.call('XDEL', KEYS[1], mid .. '-0')
