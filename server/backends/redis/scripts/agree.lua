-- Notes the token of the nodes, unless another live node works with another one that it does not replace.
-- KEYS    meta, nodes, record of the node
-- ARGV    fingerprint of the token, name of the node, its id, start of the keys of node records, fingerprint of the token that it replaces or ""
-- Returns "" or the name of the node that set the other token
-- Bounds  32 nodes
-- @use time
local fingerprint, name, id, records, before = unpack(ARGV)
local known, first = string.match(redis.call('HGET', KEYS[1], 'token') or '', '^(%w+) (.*)$')
if known and known ~= fingerprint and known ~= before then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now(), '+inf')) do
    local found = other ~= id and redis.call('HMGET', records .. other, 'state', 'token')
    if found and (found[2] or found[1] and found[1] ~= 'starting') then return first end
  end
end
if known ~= fingerprint then redis.call('HSET', KEYS[1], 'token', fingerprint .. ' ' .. name) end
redis.call('HSET', KEYS[3], 'token', fingerprint)
return ''
