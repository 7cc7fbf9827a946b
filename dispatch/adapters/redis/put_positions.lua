-- KEYS: hash of positions, geo index, the zone's channel, the channel that the caller alone listens to (all of a zone).
-- ARGV: the caller's mark, whether the channels are sharded ('S' or ''), the positions as MessagePack arrays one behind
-- the other ({courier, generation, seq, at_ms, received_at_ms, lat, lon, ...}), their lengths (two bytes each), and a
-- byte each, 1 where it is also to be written into the index and onto the disk.
-- Keeps what is newer in one piece, and publishes it if others than the caller listen; answers how many those are.
-- Newer is by (generation, seq), and by receipt when a heartbeat repeats the same fix. Only the head of a position is
-- unpacked, as numbers: strings are compared by the machine's locale, and whole arrays take four times as long.
local key, index, channel, own = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local mark, sharded, packed, lengths, lasting = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local head, byte, sub = cmsgpack.unpack_limit, string.byte, string.sub

local new, couriers, behind, start = {}, {}, {}, 1
for i = 1, #lasting do
  local high, low = byte(lengths, 2 * i - 1, 2 * i)
  local stop = start + 256 * high + low
  new[i] = sub(packed, start, stop - 1)
  behind[i], couriers[i] = head(new[i], 1, 1)
  start = stop
end

local held = redis.call('HMGET', key, unpack(couriers))
local newer, seldom, often, places = {}, {}, {}, {}
for i, position in ipairs(new) do
  local is_newer, kind = true, held[i] and byte(held[i], 1)
  local readable, _, old_generation, old_seq, old_received
  if kind and kind >= 0x90 and kind <= 0x9f then -- an array of up to 15, as positions are
    readable, _, old_generation, old_seq, _, old_received = pcall(head, held[i], 4, behind[i])
  end
  if readable and tonumber(old_received) then -- else nothing is held that could be read
    local _, generation, seq, _, received = head(position, 4, behind[i])
    if generation ~= old_generation then
      is_newer = generation > old_generation
    elseif seq ~= old_seq then
      is_newer = seq > old_seq
    else
      is_newer = received > old_received
    end
  end
  if is_newer then
    newer[#newer + 1] = position
    local fields = often
    if byte(lasting, i) == 1 then
      fields = seldom
      local _, _, _, _, _, lat, lon = head(position, 6, behind[i])
      if math.abs(lat) <= 85 then -- the index is Web Mercator and ends there
        places[#places + 1] = lon
        places[#places + 1] = lat
        places[#places + 1] = couriers[i]
      end
    end
    fields[#fields + 1] = couriers[i]
    fields[#fields + 1] = position
  end
end

if #seldom > 0 then
  redis.call('HSET', key, unpack(seldom))
end
if #places > 0 then
  redis.call('GEOADD', index, unpack(places))
end
if #often > 0 then
  redis.set_repl(redis.REPL_REPLICA) -- what is a second old when it is read back needs no disk for each tick
  redis.call('HSET', key, unpack(often))
  redis.set_repl(redis.REPL_ALL)
end

-- Whoever listens to the caller's channel is the caller, and listens to the zone's on the same connection.
local listeners = redis.call('PUBSUB', sharded == 'S' and 'SHARDNUMSUB' or 'NUMSUB', channel, own)
local others = listeners[2] - listeners[4]
if others > 0 and #newer > 0 then
  local count = string.char(0xdc, math.floor(#newer / 256), #newer % 256) -- begins a MessagePack array
  local all = #newer == #new and packed or table.concat(newer)
  redis.call(sharded == 'S' and 'SPUBLISH' or 'PUBLISH', channel, mark .. count .. all)
end
return others
