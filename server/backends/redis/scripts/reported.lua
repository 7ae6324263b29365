-- Removes a report that is over: its server has it, or it is given up.
-- KEYS    log of its address, addresses of that one's shard, bytes of all logs
-- ARGV    address, number, bytes of its body
-- Returns 1, or 0 if it was removed before
-- Bounds  one report
-- @use hook
return removeReport(KEYS, ARGV[1], ARGV[2], tonumber(ARGV[3])) and 1 or 0
