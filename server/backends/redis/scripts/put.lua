-- Stores a record of the registry unless someone changed it since the caller looked, and tells all nodes.
-- A record is "<version> <version of its first put> <version of its last replacement> <JSON>".
-- KEYS    reg, the hash of the records, the names removed lately, ctl
-- ARGV    kind of the entry in ctl, name, JSON, version up to which the caller knows the records ("": any),
--         mark of the node, "1" if it replaces another thing of that name, most records ("": any number)
-- Returns version of the registry, or 0 after a conflict; -1 if there are as many records as there may be
-- Bounds  one record, one entry in ctl
-- @use log
-- @use registry
local stored = redis.call('HGET', KEYS[2], ARGV[2])
local version, first, replaced = changed(stored, KEYS[3], ARGV[2])
if ARGV[4] ~= '' and version > tonumber(ARGV[4]) then return 0 end
if not stored and ARGV[7] ~= '' and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) then return -1 end
local number = redis.call('INCR', KEYS[1])
local text = string.format('%.0f', number)
if ARGV[6] == '1' then replaced = text end
local record = table.concat({ text, first or text, replaced or text, ARGV[3] }, ' ')
redis.call('HSET', KEYS[2], ARGV[2], record)
redis.call('ZREM', KEYS[3], ARGV[2])
tell(KEYS[4], 'k', ARGV[1], 'n', ARGV[2], 'r', text, 'v', record, 'o', ARGV[5], 'x', ARGV[6])
return number
