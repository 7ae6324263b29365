-- Takes names from sockets that have them: their own node for those that are gone, or any node for those of a dead one.
-- KEYS    nodes, bearers of names
-- ARGV    node if it is dead or "", then for each row a name and the id of a socket
-- Returns how many names are free now
-- Bounds  the rows
local dead = ARGV[1]
if dead ~= '' and tonumber(redis.call('ZSCORE', KEYS[1], dead) or '0') > 0 then return 0 end
local freed = 0
for at = 2, #ARGV, 2 do
  local name, socket = unpack(ARGV, at, at + 1)
  local node, current = string.match(redis.call('HGET', KEYS[2], name) or ':', '^([^:]*):(.*)$')
  -- No two sockets share an id, and a node that was given up goes on with its sockets under another one.
  if current == socket and (dead == '' or node == dead) then
    redis.call('HDEL', KEYS[2], name)
    freed = freed + 1
  end
end
return freed
