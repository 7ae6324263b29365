-- Deletes a message unless one of its recipients has it still.
-- KEYS    log, read marks; for each shard of its recipients: its messages by expiry; for each recipient: history; keys that
--         only this message has
-- ARGV    mid, number of shards, number of recipients
-- Returns 1 if it was deleted, else 0
-- Bounds  the recipients
local mid, shards, devices = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
for index = 3 + shards, 2 + shards + devices do
  if redis.call('ZSCORE', KEYS[index], mid) then return 0 end
end
redis.call('ZREM', KEYS[2], mid)
for index = 3, 2 + shards do redis.call('ZREM', KEYS[index], mid) end
for index = 3 + shards + devices, #KEYS do redis.call('DEL', KEYS[index]) end
return redis.call('XDEL', KEYS[1], mid .. '-0')
