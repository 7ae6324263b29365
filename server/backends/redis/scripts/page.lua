-- Reads a page of the deliveries of a device.
-- KEYS    log, the mids to read (queue or history), queue, statuses
-- ARGV    "up" or "down", mid at which it begins (not included), most deliveries, most bytes, "1" to return the first one
--         even if it has more bytes
-- Returns {"1" if there is more, then for each delivery: mid, status, time it was accepted, time it expires, text}
-- Bounds  the most deliveries and bytes; messages that are gone are skipped, at most as many more
local command, from, to = 'ZRANGEBYSCORE', '(' .. ARGV[2], '+inf'
if ARGV[1] == 'down' then command, to = 'ZREVRANGEBYSCORE', '-inf' end
local limit, room = tonumber(ARGV[3]), tonumber(ARGV[4])
local mids = redis.call(command, KEYS[2], from, to, 'LIMIT', 0, limit + 1)
local page = { #mids > limit and '1' or '' }
for index = 1, math.min(#mids, limit) do
  local mid = mids[index]
  local entry = redis.call('XRANGE', KEYS[1], mid .. '-0', mid .. '-0')[1]
  if entry then
    local fields = entry[2]
    room = room - #fields[2]
    if room < 0 and not (ARGV[5] == '1' and #page == 1) then
      page[1] = '1'
      break
    end
    local open = redis.call('ZSCORE', KEYS[3], mid)
    page[#page + 1] = mid
    page[#page + 1] = redis.call('HGET', KEYS[4], mid) or (open and 'ready' or 'ok')
    page[#page + 1] = fields[6]
    page[#page + 1] = fields[8]
    page[#page + 1] = fields[2]
  end
end
return page
