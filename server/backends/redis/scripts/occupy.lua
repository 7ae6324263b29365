-- Sets how many sockets of a node are on a channel and, if it has users, how many each user has there. Tells what
-- follows: edges, members who come and go, counts. The numbers are absolute, so a call may be repeated.
-- KEYS    nodes, shards, numbers of notices, what the node has, edges of the shard, subscribers by node, occupied channels of
--         the app, members, connections of members, last event
-- ARGV    channel of notices up to the node, node,
--         "join" (a socket comes), "leave" (a socket goes), "all" (the users are all that the node has there), "reap" (the
--         same for a node that is dead), "outage" (the same, and no other node was alive),
--         app, channel, its entry among what the node has, its shard,
--         flags ("": as they were; e: report edges, h: report counts, c: tell subscribers the count, d: channel of a device,
--         p: presence channel, l: cache channel, -: none),
--         subscribers of the node, most members, id of the socket that comes, "1" if it is to see the members,
--         then for each user: id, connections on the node, member as JSON, its info as JSON or ""
-- Returns {"dead"} if the node is dead, or does not have to be reaped; {"full"}; else
--         {"", 1 if first of the channel, 1 if first of the user, {user, "<number of arrival> <JSON>", …}, last event}
-- Bounds  members of the channel, one notice of each kind and change to each node
-- @use owner
-- @use notice
-- @use notify
-- @use edge
local notices, node, mode, app, channel, entry, shard, flags = unpack(ARGV, 1, 8)
local size, most, except, sees = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11], ARGV[12]
local nodes, shards, numbers, ofNode, edges, subscribers, occupied, members, connections = unpack(KEYS, 1, 9)

local outage = mode == 'outage' and '1' or ''
if mode == 'outage' then mode = 'reap' end
local lease = tonumber(redis.call('ZSCORE', nodes, node) or '0')
if (lease <= 0) ~= (mode == 'reap') then return { 'dead' } end
local joiner = mode == 'join' and string.find(ARGV[8], 'p', 1, true) and ARGV[13]
if joiner and redis.call('HEXISTS', members, joiner) == 0 and redis.call('HLEN', members) >= most then
  return { 'full' }
end

local counts, before, mark = {}, 0, ''
local stored = redis.call('HGETALL', subscribers)
for at = 1, #stored, 2 do
  if stored[at] ~= '' then
    counts[stored[at]] = tonumber(stored[at + 1])
    before = before + counts[stored[at]]
  else
    mark = string.match(stored[at + 1], '|(.*)$') or ''
    if flags == '' then flags = string.match(stored[at + 1], '^[^|]*') end
  end
end
local was = counts[node] or 0
local total = before - was + size
counts[node] = size > 0 and size or nil
local function is(flag) return string.find(flags, flag, 1, true) ~= nil end
-- A socket of a device that comes, or that may have missed a message, has to get the older messages before any new one. Until
-- the owner knows the new mark, what it publishes reaches no one, see publish.lua.
local comes = is('d') and size > 0 and (mode == 'join' or mode == 'all')
if comes then
  local clock = redis.call('TIME')
  mark = clock[1] .. string.format('%06d', clock[2])
end

local function report(kind, user, detail)
  if is('e') then edge(shards, numbers, notices, edges, shard, kind, app, channel, user, detail, outage) end
end
local function tellMember(kind, user, text)
  for other, count in pairs(counts) do
    -- The only subscriber of its node is the one that comes, and it knows.
    local knows = kind == 'a' and other == node and (mode == 'all' or count == 1)
    if not knows then notify(numbers, notices, other, 6, { app, channel, kind, user, except }, text) end
  end
end
local function isElsewhere(user)
  for other in pairs(counts) do
    if redis.call('HEXISTS', connections, other .. '\t' .. user) == 1 then return true end
  end
  return false
end
local function setUser(user, count, text, info)
  local field = node .. '\t' .. user
  if count > 0 then
    redis.call('HSET', connections, field, count)
    if redis.call('HEXISTS', members, user) == 1 then return 0 end
    local arrival = redis.call('HINCRBY', connections, '', 1)
    redis.call('HSET', members, user, arrival .. ' ' .. text)
    if is('p') then
      report('a', user, info)
      tellMember('a', user, text)
    end
    return 1
  end
  if redis.call('HDEL', connections, field) == 1 and not isElsewhere(user) then
    local member = redis.call('HGET', members, user) or ' '
    redis.call('HDEL', members, user)
    if is('p') then
      report('r', user, '')
      tellMember('r', user, string.match(member, '^%d* (.*)$'))
    end
  end
  return 0
end

if size > 0 then
  redis.call('HSET', subscribers, node, size, '', mark == '' and flags or flags .. '|' .. mark)
  if was == 0 then
    redis.call('SADD', occupied, channel)
    redis.call('SADD', ofNode, entry)
  end
else
  redis.call('HDEL', subscribers, node)
  redis.call('SREM', ofNode, entry)
end
if before == 0 and total > 0 then report('o', '', '') end
local firstOfUser, listed = 0, {}
for at = 13, #ARGV, 4 do
  listed[ARGV[at]] = true
  firstOfUser = setUser(ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3])
end
if mode == 'all' or mode == 'reap' then
  local own = node .. '\t'
  for _, field in ipairs(redis.call('HKEYS', connections)) do
    local user = string.sub(field, #own + 1)
    if string.sub(field, 1, #own) == own and not listed[user] then setUser(user, 0) end
  end
end
if total ~= before and total > 0 then
  if is('c') then
    for other in pairs(counts) do notify(numbers, notices, other, 7, { app, channel, string.format('%.0f', total) }) end
  end
  if is('h') then report('n', '', string.format('%.0f', total)) end
end
if comes or is('d') and (total > 0) ~= (before > 0) then
  if mode == 'all' then notify(numbers, notices, node, 8, { app, channel, 'all' }) end
  notify(numbers, notices, ownerOf(shards, shard), 8, { app, channel, total > 0 and '1' or '0', mark })
end
if total == 0 then
  redis.call('DEL', subscribers, members, connections)
  redis.call('SREM', occupied, channel)
  if before > 0 then report('v', '', '') end
end
if mode ~= 'join' then return { '' } end
return {
  '',
  before == 0 and 1 or 0,
  firstOfUser,
  sees == '1' and redis.call('HGETALL', members) or {},
  is('l') and redis.call('GET', KEYS[10]) or '',
}
