-- The node that owns a shard, from its entry "<node>|<fence>"; an empty text if no one does.
local function ownerOf(shards, shard)
  return string.match(redis.call('HGET', shards, shard) or '', '^[^|]*')
end
