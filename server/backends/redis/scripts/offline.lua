-- Tells the watchers of users who left that their time is over. The keys of their sockets have expired.
-- KEYS    numbers of notices, users who are leaving, then for each user its watchers by node
-- ARGV    channel of notices up to the node, then for each user: entry among those who are leaving, app, user
-- Returns ms until the next of all who are leaving is due, or -1 if no one is
-- Bounds  the users, one notice to each node
-- @use time
-- @use notice
-- @use notify
local notices = ARGV[1]
local time = now()
for at = 2, #ARGV, 3 do
  local leaving, app, user = unpack(ARGV, at, at + 2)
  local watchers = KEYS[3 + (at - 2) / 3]
  local due = redis.call('ZSCORE', KEYS[2], leaving)
  if due and tonumber(due) <= time then
    redis.call('ZREM', KEYS[2], leaving)
    for _, node in ipairs(redis.call('HKEYS', watchers)) do notify(KEYS[1], notices, node, 9, { app, user, '0' }) end
  end
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if #next == 0 then return -1 end
return math.max(0, tonumber(next[2]) - time)
