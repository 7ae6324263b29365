-- Hands messages to the sockets of devices: one notice to each node that has any of these sockets. The node that publishes has
-- the messages and gets only their tickets.
-- KEYS    numbers of notices, then for each message the subscribers of the channel of its device
-- ARGV    channel of notices up to the node, node that publishes, then for each message: ticket, channel,
--         mark of the channel that the publisher knows ("": any), events as JSON ("": those of the message before it)
-- Returns how many nodes were told; a channel with another mark has no subscribers, see occupy.lua
-- Bounds  64 messages, 32 nodes
-- @use notice
-- @use notify
local notices, own = unpack(ARGV, 1, 2)
local tickets, others, last, text = {}, {}, {}, ''

local function add(node, ticket, channel)
  if node == own then
    tickets[#tickets + 1] = ticket
    return
  end
  local fields = others[node] or {}
  others[node] = fields
  fields[#fields + 1] = channel
  fields[#fields + 1] = last[node] == text and '' or text
  last[node] = text
end

for at = 0, #KEYS - 2 do
  local ticket, channel, mark, events = unpack(ARGV, 4 * at + 3, 4 * at + 6)
  local key = KEYS[at + 2]
  if events ~= '' then text = events end
  if mark == '' or string.match(redis.call('HGET', key, '') or '', '|(.*)$') == mark then
    for _, node in ipairs(redis.call('HKEYS', key)) do
      if node ~= '' then add(node, ticket, channel) end
    end
  end
end
local count = 0
for node, fields in pairs(others) do
  notify(KEYS[1], notices, node, 18, fields)
  count = count + 1
end
if #tickets > 0 then
  notify(KEYS[1], notices, own, 19, tickets)
  count = count + 1
end
return count
