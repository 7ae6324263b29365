-- Changes the status of one delivery that is open, and tells the nodes that wait for it.
-- KEYS    log, queue, statuses, last received, devices of the shard with a queue, its messages by expiry, shards,
--         numbers of notices
-- ARGV    mid, device, new status, status that it must have now ("": any lower one), shard, id of this node,
--         its claim "<node>|<fence>" ("": the change is true whoever makes it), channel of notices up to the node
-- Returns 1; 0 if it is unknown, settled or already that high; -1 if the shard has another owner
-- Bounds  one delivery, two notices
-- @use owner
-- @use notice
-- @use notify
-- @use ranks
local mid, device, status, expected, shard, node, claim, channels = unpack(ARGV)
if claim ~= '' and redis.call('HGET', KEYS[7], shard) ~= claim then return -1 end
if not redis.call('ZSCORE', KEYS[2], mid) then return 0 end
local current = redis.call('HGET', KEYS[3], mid) or 'ready'
if expected ~= '' then
  if current ~= expected then return 0 end
elseif (RANKS[status] or 0) <= RANKS[current] then
  return 0
end
local entry = redis.call('XRANGE', KEYS[1], mid .. '-0', mid .. '-0')[1]
local fields = entry and entry[2]
if status == 'ok' or status == 'ready' then
  redis.call('HDEL', KEYS[3], mid)
else
  redis.call('HSET', KEYS[3], mid, status)
end
if status == 'ok' or status == 'failed' then
  redis.call('ZREM', KEYS[2], mid)
  if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[5], device) end
  -- The message of a group is found settled when its time is over. Only there are names behind a comma like this.
  if fields and not string.find(fields[4], '","', 1, true) then redis.call('ZREM', KEYS[6], mid) end
end
if status == 'ok' or string.sub(status, -8) == '-comfirm' then
  local last = tonumber(redis.call('HGET', KEYS[4], device) or '0')
  if tonumber(mid) > last then redis.call('HSET', KEYS[4], device, mid) end
end
local waiting = fields and string.match(fields[10], '^[^:]*') or ''
local owner = ownerOf(KEYS[7], shard)
if waiting ~= node then notify(KEYS[8], channels, waiting, 2, { mid, device, status }) end
if owner ~= node and owner ~= waiting then notify(KEYS[8], channels, owner, 2, { mid, device, status }) end
return 1
