-- Tells the nodes whose senders wait how far deliveries are that are open. Stores nothing.
-- KEYS    log, numbers of notices, then for each delivery: queue, statuses
-- ARGV    id of this node, channel of notices up to the node, then for each delivery: mid, device, status
-- Returns how many nodes it has told
-- Bounds  500 deliveries, one notice for each node
-- @use notice
-- @use notify
-- @use ranks
local waiting, news = {}, {}
for index = 1, (#ARGV - 2) / 3 do
  local mid, device, status = unpack(ARGV, 3 * index, 3 * index + 2)
  if not waiting[mid] then
    local entry = redis.call('XRANGE', KEYS[1], mid .. '-0', mid .. '-0')[1]
    waiting[mid] = entry and string.match(entry[2][10], '^[^:]*') or ''
  end
  local node, queue, statuses = waiting[mid], KEYS[2 * index + 1], KEYS[2 * index + 2]
  if node ~= '' and node ~= ARGV[1] and redis.call('ZSCORE', queue, mid) then
    if (RANKS[status] or 0) > RANKS[redis.call('HGET', statuses, mid) or 'ready'] then
      news[node] = news[node] or {}
      table.insert(news[node], { mid, device, status })
    end
  end
end
local told = 0
for node, list in pairs(news) do
  notify(KEYS[2], ARGV[2], node, 17, {}, cjson.encode(list))
  told = told + 1
end
return told
