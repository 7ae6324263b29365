-- Publishes events: one notice to each node that has a subscriber of one of the channels. The node that publishes has the
-- events and gets only their ticket. Keeps the last event of cache channels.
-- KEYS    numbers of notices, subscribers of each channel, then if events are kept: channels with a last event, and for each of them its event
-- ARGV    channel of notices up to the node, prefix of the last events of the app, app, id of the socket that gets nothing,
--         node that publishes, ticket, channels as JSON, events as JSON, number of channels, how long an event is kept in ms, most kept events,
--         mark of the first channel that the publisher knows ("": any),
--         then for each cache channel its name and its event
-- Returns how many nodes were told; 0 if the channel has another mark, see occupy.lua
-- Bounds  the channels, 32 nodes
-- @use notice
-- @use notify
-- @use newest
local notices, events, app, except, own, ticket, names, body = unpack(ARGV, 1, 8)
local channels, ttl, most = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local mark = ARGV[12]
if mark ~= '' and string.match(redis.call('HGET', KEYS[2], '') or '', '|(.*)$') ~= mark then return 0 end
local told, count = {}, 0
for at = 1, channels do
  for _, node in ipairs(redis.call('HKEYS', KEYS[at + 1])) do
    if node ~= '' and not told[node] then
      told[node] = true
      count = count + 1
      if node == own then notify(KEYS[1], notices, node, 5, { ticket })
      else notify(KEYS[1], notices, node, 5, { '', app, except, names }, body) end
    end
  end
end
local order = KEYS[channels + 2]
if not order or most == 0 then return count end
for at = channels + 3, #KEYS do
  local name, text = unpack(ARGV, 13 + 2 * (at - channels - 3), 14 + 2 * (at - channels - 3))
  redis.call('SET', KEYS[at], text, 'PX', ttl)
  keepNewest(order, events, name, ttl, most)
end
return count
