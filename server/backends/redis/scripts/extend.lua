-- Puts a stored message into the queues of more of its recipients, and tells the nodes that deliver it.
-- KEYS    log, shards, numbers of notices, then those of parts/enqueue.lua
-- ARGV    mid, most deliveries in a queue, channel of notices up to the node, then those of parts/enqueue.lua
-- Returns names of recipients with a full queue; all of them if the message is gone
-- Bounds  the recipients
-- @use owner
-- @use notice
-- @use notify
-- @use enqueue
local entry = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
if not entry then
  local gone = {}
  for index = 5 + tonumber(ARGV[4]), #ARGV, 2 do gone[#gone + 1] = ARGV[index] end
  return gone
end
local fields = entry[2]
local message = {
  mid = ARGV[1],
  text = fields[2],
  created = fields[6],
  expires = fields[8],
  ticket = fields[10],
  late = '1',
}
local full = enqueue(message, tonumber(ARGV[2]), KEYS[2], KEYS[3], ARGV[3], 4, 4)
return full
