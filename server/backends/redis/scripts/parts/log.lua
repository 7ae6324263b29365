-- Appends to the control log. Ids are numbers without a gap, so a reader sees whether it missed an entry.
local function tell(log, ...)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local number = 1
  if last then number = tonumber(string.match(last[1], '^%d+')) + 1 end
  redis.call('XADD', log, 'MAXLEN', '~', 100000, string.format('%.0f-0', number), ...)
end
