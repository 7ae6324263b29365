-- Sets how many sockets of a node are signed in as a user, and how many watch a user. Tells the watchers who comes. A user
-- whose last socket goes stays online for a while. The numbers are absolute, so a call may be repeated.
-- KEYS    nodes, numbers of notices, what the node has, users who are leaving, then for each row the sockets of the user and its watchers by node
-- ARGV    channel of notices up to the node, node, "reap" if the node is dead or "", app, how long a user stays online in ms,
--         then for each row: "u" (signed in) or "w" (watches), user, entry of the row among what the node has,
--         entry of the user among those who are leaving, number of sockets
-- Returns {"dead"} if the node is dead, or does not have to be reaped; else {"", for each row 1 if the user is online or 0}
-- Bounds  the rows, one notice to each node
-- @use time
-- @use notice
-- @use notify
local notices, node, mode, app, delay = unpack(ARGV, 1, 5)
local lease = tonumber(redis.call('ZSCORE', KEYS[1], node) or '0')
if (lease <= 0) ~= (mode == 'reap') then return { 'dead' } end

local function tell(watchers, user)
  for _, other in ipairs(redis.call('HKEYS', watchers)) do notify(KEYS[2], notices, other, 9, { app, user, '1' }) end
end
local function sign(sockets, watchers, user, leaving, count)
  if count > 0 then
    local wasThere = redis.call('EXISTS', sockets) == 1
    redis.call('HSET', sockets, node, count)
    redis.call('HDEL', sockets, '')
    redis.call('PERSIST', sockets)
    redis.call('ZREM', KEYS[4], leaving)
    if not wasThere then tell(watchers, user) end
  elseif redis.call('HEXISTS', sockets, node) == 1 then
    if redis.call('HLEN', sockets) == 1 then
      redis.call('HSET', sockets, '', 0)
      redis.call('PEXPIRE', sockets, delay)
      redis.call('ZADD', KEYS[4], now() + delay, leaving)
    end
    redis.call('HDEL', sockets, node)
  end
end

local answer = { '' }
for at = 6, #ARGV, 5 do
  local kind, user, entry, leaving = unpack(ARGV, at, at + 3)
  local count = tonumber(ARGV[at + 4])
  local place = 5 + 2 * (at - 6) / 5
  if count > 0 then redis.call('SADD', KEYS[3], entry) else redis.call('SREM', KEYS[3], entry) end
  if kind == 'u' then
    sign(KEYS[place], KEYS[place + 1], user, leaving, count)
  elseif count > 0 then
    redis.call('HSET', KEYS[place + 1], node, count)
  else
    redis.call('HDEL', KEYS[place + 1], node)
  end
  answer[#answer + 1] = redis.call('EXISTS', KEYS[place])
end
return answer
