-- Takes from a rate, if there is as much. More than a burst is taken when all of it is there, and the rest is owed.
-- KEYS    the rate: level in thousandths, time in ms, how much there is per second and at once
-- ARGV    how much there is per second, how much is taken, how much there is at once after a pause
-- Returns {level in thousandths, thousandths that are missing, 0 if it was taken}
-- Bounds  one rate, which is kept until it is full again
-- @use time
local rate, count, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local size = ARGV[1] .. ' ' .. ARGV[3]
local time = now()
local full = burst * 1000
local level = full
local known = redis.call('HMGET', KEYS[1], 'level', 'time', 'rate')
-- An app whose rate was changed begins with a full one.
if known[3] == size then
  level = math.min(full, tonumber(known[1]) + math.max(0, time - tonumber(known[2])) * rate)
end
local missing = math.max(0, math.min(count, burst) * 1000 - level)
if missing == 0 then level = level - count * 1000 end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'time', string.format('%.0f', time), 'rate', size)
redis.call('PEXPIRE', KEYS[1], math.ceil((full - level) / rate) + 1000)
return { math.floor(level), math.ceil(missing) }
