-- Encodes a notice, see notice.ts: version, kind, number, the fields with their lengths, then the body as it is.
local function notice(kind, number, fields, body)
  local parts = { struct.pack('>BBI8B', 1, kind, number, #fields) }
  for _, field in ipairs(fields) do parts[#parts + 1] = struct.pack('>I4', #field) .. field end
  parts[#parts + 1] = body or ''
  return table.concat(parts)
end
