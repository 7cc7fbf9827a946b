-- KEYS: hash of positions (also the channel's name), geo index. ARGV: one MessagePack array a courier:
-- {courier, generation, seq, at_ms, received_at_ms, lat, lon, ...}. Keeps and publishes what is newer, in one piece.
-- Newer is by (generation, seq), and by receipt when a heartbeat repeats the same fix.
local function is_newer(a, b)
  if a[2] ~= b[2] then return a[2] > b[2] end
  if a[3] ~= b[3] then return a[3] > b[3] end
  return a[5] > b[5]
end
local new, couriers = {}, {}
for i, packed in ipairs(ARGV) do
  new[i] = cmsgpack.unpack(packed)
  couriers[i] = new[i][1]
end
local held = redis.call('HMGET', KEYS[1], unpack(couriers))
local newer, fields, places = {}, {}, {}
for i, position in ipairs(new) do
  local old = held[i] and cmsgpack.unpack(held[i])
  if not old or is_newer(position, old) then
    newer[#newer + 1] = ARGV[i]
    fields[#fields + 1] = position[1]
    fields[#fields + 1] = ARGV[i]
    if math.abs(position[6]) <= 85 then -- the index is Web Mercator and ends there
      places[#places + 1] = position[7]
      places[#places + 1] = position[6]
      places[#places + 1] = position[1]
    end
  end
end
if #newer == 0 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(fields))
if #places > 0 then
  redis.call('GEOADD', KEYS[2], unpack(places))
end
-- A MessagePack array of the newer ones, without packing them again.
local count = string.char(0xdc, math.floor(#newer / 256), #newer % 256)
redis.call('PUBLISH', KEYS[1], count .. table.concat(newer))
return #newer
