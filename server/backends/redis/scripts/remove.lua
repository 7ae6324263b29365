-- Takes settled deliveries out of the history of a device. Their statuses stay.
-- KEYS    history, queue, statuses
-- ARGV    mids
-- Returns the mids of those that were there
-- Bounds  the mids
local removed = {}
for _, mid in ipairs(ARGV) do
  if not redis.call('ZSCORE', KEYS[2], mid) and redis.call('ZREM', KEYS[1], mid) == 1 then
    -- Only the status tells then that the message was there.
    redis.call('HSETNX', KEYS[3], mid, 'ok')
    removed[#removed + 1] = mid
  end
end
return removed
