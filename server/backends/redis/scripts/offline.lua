-- Ends the time in which users who left stay online, and tells their watchers.
-- KEYS    numbers of notices, users who are leaving, then for each user its sockets and its watchers by node
-- ARGV    channel of notices up to the node, then for each user: entry among those who are leaving, app, user
-- Returns ms until the next of all who are leaving is due, or -1 if nobody is
-- Bounds  the users, one notice to each node
-- @use time
-- @use notice
-- @use notify
local notices = ARGV[1]
local time = now()
for at = 2, #ARGV, 3 do
  local leaving, app, user = unpack(ARGV, at, at + 2)
  local place = 3 + 2 * (at - 2) / 3
  local due = redis.call('ZSCORE', KEYS[2], leaving)
  if due and tonumber(due) <= time then
    redis.call('ZREM', KEYS[2], leaving)
    redis.call('DEL', KEYS[place])
    for _, node in ipairs(redis.call('HKEYS', KEYS[place + 1])) do notify(KEYS[1], notices, node, 9, { app, user, '0' }) end
  end
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if #next == 0 then return -1 end
return math.max(0, tonumber(next[2]) - time)
