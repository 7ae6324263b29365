-- Deletes a message unless one of its recipients has it still.
-- KEYS    log, read marks; for each shard of its recipients: its messages by expiry; for each recipient: history,
--         statuses; the lists that have it; the key of its number
-- ARGV    mid, number of shards, number of recipients, number of lists
-- Returns 1 if it was deleted, else 0
-- Bounds  the recipients
local mid, shards, devices, lists = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local rest = 2 + shards + 2 * devices
for index = 3 + shards, rest, 2 do
  if redis.call('ZSCORE', KEYS[index], mid) or redis.call('HEXISTS', KEYS[index + 1], mid) == 1 then return 0 end
end
redis.call('ZREM', KEYS[2], mid)
for index = 3, 2 + shards do redis.call('ZREM', KEYS[index], mid) end
for index = rest + 1, rest + lists do redis.call('ZREM', KEYS[index], mid) end
for index = rest + lists + 1, #KEYS do redis.call('DEL', KEYS[index]) end
return redis.call('XDEL', KEYS[1], mid .. '-0')
