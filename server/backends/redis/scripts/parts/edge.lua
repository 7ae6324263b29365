-- Adds to the edges of a shard what an app is to be told of a channel, and tells the owner. Uses owner, notice and notify.
-- Kinds: o occupied, v vacated, a member added (detail: info as JSON), r member removed, n number of subscribers (detail),
-- e any other event (detail: as JSON). The id is Redis' time, from which on ends are held back: longer with `outage`, if no node was
-- alive.
local function edge(shards, numbers, channels, edges, shard, kind, app, channel, user, detail, outage)
  redis.call('XADD', edges, '*', 'k', kind, 'a', app, 'c', channel, 'u', user, 'd', detail, 'o', outage or '')
  notify(numbers, channels, ownerOf(shards, shard), 10, { shard }, '')
end
