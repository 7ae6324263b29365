-- Keeps a value for a while, and the newest of its kind.
-- KEYS    the value, the order of its kind
-- ARGV    start of the keys of its kind, name, value, how long it is kept in ms, most values
-- Returns nothing
-- Bounds  the most values, of which one is dropped for each that is added
-- @use newest
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
keepNewest(KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]))
