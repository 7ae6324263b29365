-- Changes the statuses of deliveries that are open, one after the other, and tells the nodes that wait for them.
-- KEYS    log, last received, shards, numbers of notices, then for each delivery: queue, statuses, devices of the shard with a
--         queue, messages of the shard by expiry
-- ARGV    id of this node, channel of notices up to the node, then for each delivery: mid, device, new status, status that it
--         must have now ("": any lower one), shard, its claim "<node>|<fence>" ("": any node may make the change)
-- Returns for each delivery 1; 0 if it is unknown, settled or already that high; -1 if the shard has another owner
-- Bounds  64 deliveries; one notice to each node that waits for some of them
-- @use owner
-- @use notice
-- @use notify
-- @use ranks
local log, lasts, shards, numbers = unpack(KEYS, 1, 4)
local node, channels = unpack(ARGV, 1, 2)
local news = {}

local function tell(other, mid, device, status)
  local fields = news[other] or {}
  news[other] = fields
  for _, field in ipairs({ mid, device, status }) do fields[#fields + 1] = field end
end

local function change(queue, statuses, devices, expiries, mid, device, status, expected, shard, claim)
  if claim ~= '' and redis.call('HGET', shards, shard) ~= claim then return -1 end
  if not redis.call('ZSCORE', queue, mid) then return 0 end
  local current = redis.call('HGET', statuses, mid) or 'ready'
  if expected ~= '' then
    if current ~= expected then return 0 end
  elseif (RANKS[status] or 0) <= RANKS[current] then
    return 0
  end
  local entry = redis.call('XRANGE', log, mid .. '-0', mid .. '-0')[1]
  local fields = entry and entry[2]
  if status == 'ok' or status == 'ready' then
    redis.call('HDEL', statuses, mid)
  else
    redis.call('HSET', statuses, mid, status)
  end
  if status == 'ok' or status == 'failed' then
    redis.call('ZREM', queue, mid)
    if redis.call('EXISTS', queue) == 0 then redis.call('SREM', devices, device) end
    -- The message of a group is found settled when its time is over. Only there are names behind a comma like this.
    if fields and not string.find(fields[4], '","', 1, true) then redis.call('ZREM', expiries, mid) end
  end
  if status == 'ok' or string.sub(status, -8) == '-comfirm' then
    local last = tonumber(redis.call('HGET', lasts, device) or '0')
    if tonumber(mid) > last then redis.call('HSET', lasts, device, mid) end
  end
  local waiting = fields and string.match(fields[10], '^[^:]*') or ''
  local owner = ownerOf(shards, shard)
  if waiting ~= node then tell(waiting, mid, device, status) end
  if owner ~= node and owner ~= waiting then tell(owner, mid, device, status) end
  return 1
end

local changed = {}
for at = 0, (#KEYS - 4) / 4 - 1 do
  local queue, statuses, devices, expiries = unpack(KEYS, 4 * at + 5, 4 * at + 8)
  changed[at + 1] = change(queue, statuses, devices, expiries, unpack(ARGV, 6 * at + 3, 6 * at + 8))
end
for other, fields in pairs(news) do notify(numbers, channels, other, 2, fields) end
return changed
