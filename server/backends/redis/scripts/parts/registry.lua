-- The version of the last change of a name, and the version of its first put if there is a record. Removals are known of
-- the last 1000 names; a name that is not among them may have been removed when the oldest of them was.
local function changed(stored, removed, name)
  if stored then
    local version, first = string.match(stored, '^(%d+) (%d+) ')
    return tonumber(version), first
  end
  local version = redis.call('ZSCORE', removed, name)
  if version then return tonumber(version) end
  if redis.call('ZCARD', removed) < 1000 then return 0 end
  return tonumber(redis.call('ZRANGE', removed, 0, 0, 'WITHSCORES')[2])
end
