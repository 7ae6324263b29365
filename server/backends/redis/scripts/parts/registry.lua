-- The version of the last change of a name, and if there is a record, the versions of its first put and of its last
-- replacement. Removals are known of the last 1000 names; another name may have been removed when the oldest of them was.
local function changed(stored, removed, name)
  if stored then
    local version, first, replaced = string.match(stored, '^(%d+) (%d+) (%d+) ')
    return tonumber(version), first, replaced
  end
  local version = redis.call('ZSCORE', removed, name)
  if version then return tonumber(version) end
  if redis.call('ZCARD', removed) < 1000 then return 0 end
  return tonumber(redis.call('ZRANGE', removed, 0, 0, 'WITHSCORES')[2])
end
