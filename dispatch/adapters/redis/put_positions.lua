-- KEYS: hash of positions (also the channel's name), geo index. ARGV: one MessagePack array a courier:
-- {courier, generation, seq, at_ms, received_at_ms, lat, lon, ...}. Keeps and publishes what is newer, in one piece.
local new, couriers = {}, {}
for i, packed in ipairs(ARGV) do
  new[i] = cmsgpack.unpack(packed)
  couriers[i] = new[i][1]
end
local held = redis.call('HMGET', KEYS[1], unpack(couriers))
local newer, fields, places = {}, {}, {}
for i, position in ipairs(new) do
  local old = held[i] and cmsgpack.unpack(held[i])
  if not old or position[2] > old[2] or (position[2] == old[2] and position[3] > old[3]) then
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
