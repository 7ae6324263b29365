-- Puts a message into the queues of its recipients, and tells the nodes that deliver to them. KEYS from `firstKey` on are, for
-- each shard, its devices with a queue and its messages by expiry, and for each recipient its queue and its history. ARGV from
-- `firstArg` on are the number of shards, their numbers, and for each recipient its name and the position of its shard.
-- Returns the names of recipients with a full queue, and how many others there are.
local function enqueue(message, most, shardOwners, numbers, channels, firstKey, firstArg)
  local shards = tonumber(ARGV[firstArg])
  local keys, args = firstKey + 2 * shards, firstArg + shards + 1
  local full, taken, mail = {}, 0, {}
  for index = 1, (#ARGV - args + 1) / 2 do
    local name, shard = ARGV[args + 2 * (index - 1)], tonumber(ARGV[args + 2 * (index - 1) + 1])
    local queue, history = KEYS[keys + 2 * (index - 1)], KEYS[keys + 2 * (index - 1) + 1]
    -- One that ran before has put it there. The device may have settled it since.
    if redis.call('ZSCORE', history, message.mid) then
      taken = taken + 1
    elseif redis.call('ZCARD', queue) >= most then
      full[#full + 1] = name
    else
      redis.call('ZADD', queue, message.mid, message.mid)
      redis.call('ZADD', history, message.mid, message.mid)
      redis.call('SADD', KEYS[firstKey + 2 * (shard - 1)], name)
      mail[shard] = mail[shard] or {}
      table.insert(mail[shard], name)
      taken = taken + 1
    end
  end
  local byNode = {}
  for shard, names in pairs(mail) do
    redis.call('ZADD', KEYS[firstKey + 2 * (shard - 1) + 1], message.expires, message.mid)
    local owner = ownerOf(shardOwners, ARGV[firstArg + shard])
    byNode[owner] = byNode[owner] or {}
    for _, name in ipairs(names) do table.insert(byNode[owner], name) end
  end
  for owner, names in pairs(byNode) do
    local fields = { message.mid, message.created, message.expires, message.ticket, cjson.encode(names), message.late or '' }
    notify(numbers, channels, owner, 1, fields, message.text)
  end
  return full, taken
end
