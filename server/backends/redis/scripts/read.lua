-- Marks messages as read.
-- KEYS    log, read marks, number of the last mark
-- ARGV    mids
-- Returns the mids that were not marked before; messages that are not stored are left out
-- Bounds  the mids
local marked = {}
for _, mid in ipairs(ARGV) do
  local stored = redis.call('XRANGE', KEYS[1], mid .. '-0', mid .. '-0')[1]
  if stored and not redis.call('ZSCORE', KEYS[2], mid) then
    redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), mid)
    marked[#marked + 1] = mid
  end
end
return marked
