-- Appends a report to the log of its address, and tells the owner. Uses owner, notice and notify.
-- keys: log, addresses of the shard, bytes of all logs, last number, shards, numbers of notices.
-- Returns its number, or 0 if the log has too many reports or bytes.
local function appendReport(keys, channels, shard, address, most, mostBytes, facts, body, age, place)
  local log, addresses, sizes, last, shards, numbers = unpack(keys)
  local bytes = tonumber(redis.call('HGET', sizes, address) or '0')
  if redis.call('XLEN', log) >= most or bytes + #body > mostBytes then return 0 end
  local number = redis.call('INCR', last)
  redis.call('XADD', log, number .. '-0', 'f', facts, 'b', body, 't', string.format('%.0f', now() - age), 'p', place)
  redis.call('HINCRBY', sizes, address, #body)
  redis.call('SADD', addresses, address)
  notify(numbers, channels, ownerOf(shards, shard), 11, { address }, '')
  return number
end
-- Removes a report. Returns whether it was there.
local function removeReport(keys, address, number, bytes)
  local log, addresses, sizes = unpack(keys)
  if redis.call('XDEL', log, number .. '-0') == 0 then return false end
  if redis.call('XLEN', log) == 0 then
    redis.call('DEL', log)
    redis.call('SREM', addresses, address)
    redis.call('HDEL', sizes, address)
  else
    redis.call('HINCRBY', sizes, address, -bytes)
  end
  return true
end
