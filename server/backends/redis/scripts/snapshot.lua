-- Reads the registry as it is at one moment.
-- KEYS    devices, apps, keys, revoked, secrets, mid
-- ARGV    none
-- Returns {devices, apps, keys, names and times of ended tokens, secrets, last mid}, each as a flat list but the last
-- Bounds  storage.maxDevices records, and as many apps and keys
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES'),
  redis.call('HGETALL', KEYS[5]),
  redis.call('GET', KEYS[6]) or '0',
}
