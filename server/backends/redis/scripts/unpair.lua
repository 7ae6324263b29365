-- Ends pairing codes: one, or all of a device.
-- KEYS    codes of their maker by age, codes of all devices by age
-- ARGV    start of the keys of codes, name of the code or "" for all
-- Returns nothing
-- Bounds  the most codes of a maker
local prefix, name = unpack(ARGV)
local names = name == '' and redis.call('ZRANGE', KEYS[1], 0, -1) or { name }
for _, each in ipairs(names) do
  redis.call('DEL', prefix .. each)
  redis.call('ZREM', KEYS[1], each)
  redis.call('ZREM', KEYS[2], each)
end
