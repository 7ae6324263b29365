-- Reads a page of a list of documents.
-- KEYS    the list, the documents of its collection
-- ARGV    lowest and highest place as ZRANGEBYLEX takes them, most documents, most bytes, "down" if the highest comes first,
--         how many characters of a place in the list come before the id
-- Returns "" if the list ends here, else where the page ends; then for each document: place in the list, version, value
-- Bounds  the most documents; one more after the most bytes
-- @use time
-- @use document
local low, high, limit, most, order, digits = unpack(ARGV)
local spots
if order == 'down' then
  spots = redis.call('ZREVRANGEBYLEX', KEYS[1], high, low, 'LIMIT', 0, limit + 1)
else
  spots = redis.call('ZRANGEBYLEX', KEYS[1], low, high, 'LIMIT', 0, limit + 1)
end
local time = now()
local answer = { '' }
local bytes = 0
for at, spot in ipairs(spots) do
  if at > tonumber(limit) or bytes >= tonumber(most) then
    answer[1] = spots[at - 1]
    break
  end
  local record = redis.call('HGET', KEYS[2], string.sub(spot, digits + 1))
  local head = record and headOf(record)
  if head and (head[2] == '0' or tonumber(head[2]) > time) then
    bytes = bytes + #record
    answer[#answer + 1] = spot
    answer[#answer + 1] = head[1]
    answer[#answer + 1] = string.match(record, '\n(.*)$')
  end
end
return answer
