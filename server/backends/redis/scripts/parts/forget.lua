-- Takes everything from a device that was removed. Its history goes aside, for `orphan` to look through.
-- keys: history, queue, statuses, last received, devices of the shard with a queue, history aside.
local function forget(keys, device)
  local history, queue, statuses, last, shard, aside = unpack(keys)
  if redis.call('EXISTS', aside) == 1 then
    redis.call('ZUNIONSTORE', aside, 2, aside, history)
    redis.call('UNLINK', history)
  elseif redis.call('EXISTS', history) == 1 then
    redis.call('RENAME', history, aside)
  end
  redis.call('UNLINK', queue, statuses)
  redis.call('HDEL', last, device)
  redis.call('SREM', shard, device)
end
