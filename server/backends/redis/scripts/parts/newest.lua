-- Keeps the keys of the newest names, up to a number. The order has the names by the time at which they came, in µs.
local function keepNewest(order, prefix, name, lifetime, most)
  local time = redis.call('TIME')
  local micros = time[1] * 1000000 + time[2]
  redis.call('ZREMRANGEBYSCORE', order, '-inf', micros - lifetime * 1000)
  redis.call('ZADD', order, micros, name)
  redis.call('PEXPIRE', order, lifetime)
  local excess = redis.call('ZCARD', order) - most
  if excess <= 0 then return end
  local oldest = redis.call('ZPOPMIN', order, excess)
  for at = 1, #oldest, 2 do redis.call('DEL', prefix .. oldest[at]) end
end
