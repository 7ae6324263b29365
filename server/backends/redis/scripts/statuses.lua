-- Reads the statuses of one message for some of its recipients.
-- KEYS    for each recipient: history, queue, statuses
-- ARGV    mid
-- Returns for each recipient its status, or an empty text if it does not have the message. A dash is
--         before it if the recipient has removed the message
-- Bounds  the recipients
local found = {}
for index = 1, #KEYS, 3 do
  local status = redis.call('HGET', KEYS[index + 2], ARGV[1])
  if redis.call('ZSCORE', KEYS[index], ARGV[1]) then
    status = status or (redis.call('ZSCORE', KEYS[index + 1], ARGV[1]) and 'ready' or 'ok')
  else
    status = status and '-' .. status or ''
  end
  found[#found + 1] = status
end
return found
