-- Reads the registry as it is at one moment.
-- KEYS    devices, apps, revoked, secrets, mid
-- ARGV    none
-- Returns {devices, apps, names and times of ended tokens, secrets, last mid}, each as a flat list but the last
-- Bounds  storage.maxDevices records and as many apps
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGETALL', KEYS[2]),
  redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES'),
  redis.call('HGETALL', KEYS[4]),
  redis.call('GET', KEYS[5]) or '0',
}
