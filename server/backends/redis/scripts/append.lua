-- Stores a message for its recipients, and tells the nodes that deliver it, and those that listen to its target.
-- KEYS    reg, mid, log, shards, numbers of notices, listeners of the target by node, lowest ticket of the node that
--         counts, then those of parts/enqueue.lua, the lists of mids that it belongs to, the feeds, and with a number its
--         key
-- ARGV    version of the registry in which the recipients were found ("": any), mid ("": the next one),
--         time it was accepted in ms ("": now), time to live in ms, most deliveries in a queue, ticket,
--         mid since which the ticket is looked for, because it may have been used ("": it is new),
--         channel of notices up to the node, text of the message up to the mid, all names as JSON,
--         what follows the text ("": nothing), names of the lists as JSON ("": none),
--         "<most feeds> <for how many ms messages are kept>" ("": it is for no feed),
--         then those of parts/enqueue.lua
-- Returns {mid, time, names of recipients with a full queue...}; {"stale"} if the registry has another version, or
--         the ticket is too low: the node has asked under it again since, and is not told of this;
--         {"low", last mid} if the mid is not above it; {"repeat", mid} if a message has the number already;
--         {"full"} if it would be for one feed too many
-- Bounds  the recipients, 32 nodes; with a used ticket, the newest 20000 messages
-- @use time
-- @use owner
-- @use notice
-- @use notify
-- @use enqueue
local version, given, accepted, ttl, most, ticket, since, channels, text, names, marks, lists, feed = unpack(ARGV, 1, 13)
local serial = tonumber(string.match(ticket, '(%d+)$'))
if since == '' then
  if serial < tonumber(redis.call('GET', KEYS[7]) or '0') then return { 'stale' } end
else
  -- What the network has delayed under this ticket is not done any more. The node gives tickets in the order in which it asks.
  local lowest = math.max(serial + 1, tonumber(redis.call('GET', KEYS[7]) or '0'))
  redis.call('SET', KEYS[7], string.format('%.0f', lowest), 'PX', 3600000)
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[3], '+', '(' .. since .. '-0', 'COUNT', 20000)) do
    local fields = entry[2]
    if fields[10] == ticket then
      return { string.match(entry[1], '^%d+'), fields[6], unpack(cjson.decode(fields[12])) }
    end
  end
end
if version ~= '' and version ~= (redis.call('GET', KEYS[1]) or '0') then return { 'stale' } end
local listed = lists == '' and 0 or #cjson.decode(lists)
-- The keys at the end: lists, feeds, number. Each is there only if it is needed.
local hasNumber = string.find(marks, '"number"', 1, true)
local numberKey = hasNumber and KEYS[#KEYS]
local feedsKey = feed ~= '' and KEYS[#KEYS - (hasNumber and 1 or 0)]
local firstList = #KEYS - (hasNumber and 1 or 0) - (feed ~= '' and 1 or 0) - listed
local known = numberKey and redis.call('GET', numberKey)
if known then return { 'repeat', known } end
local time = tonumber(accepted) or now()
if feed ~= '' then
  local most, kept = string.match(feed, '^(%d+) (%d+)$')
  local name = cjson.decode(lists)[1]
  redis.call('ZREMRANGEBYSCORE', feedsKey, '-inf', time - tonumber(kept))
  if not redis.call('ZSCORE', feedsKey, name) and redis.call('ZCARD', feedsKey) >= tonumber(most) then
    return { 'full' }
  end
  redis.call('ZADD', feedsKey, time, name)
end
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local mid = tonumber(given) or math.max(time, last + 1)
if mid <= last then return { 'low', string.format('%.0f', last) } end
local message = {
  mid = string.format('%.0f', mid),
  created = string.format('%.0f', time),
  expires = string.format('%.0f', time + tonumber(ttl)),
  ticket = ticket,
}
message.text = text .. message.mid .. '"}' .. marks
redis.call('SET', KEYS[2], message.mid)
local full, taken = enqueue(message, tonumber(most), KEYS[4], KEYS[5], channels, 8, 14)
-- A large group has more recipients than these, see extend.lua.
if feed ~= '' or taken > 0 or #cjson.decode(names) > #full then
  local fields = { 'm', message.text, 'd', names, 'c', message.created, 'x', message.expires, 't', ticket,
    'f', #full == 0 and '[]' or cjson.encode(full), listed > 0 and 'l' or nil, listed > 0 and lists or nil }
  redis.call('XADD', KEYS[3], message.mid .. '-0', unpack(fields))
  for index = firstList + 1, firstList + listed do redis.call('ZADD', KEYS[index], message.mid, message.mid) end
  if numberKey then redis.call('SET', numberKey, message.mid) end
end
for _, node in ipairs(redis.call('HKEYS', KEYS[6])) do
  if node ~= '' then
    notify(KEYS[5], channels, node, 15, { message.mid, message.created, message.expires }, message.text)
  end
end
return { message.mid, message.created, unpack(full) }
