-- KEYS: tracks, one a courier. ARGV: how long a track is kept in ms, how many positions at most, the positions as
-- MessagePack arrays one behind the other ({courier, generation, seq, at_ms, received_at_ms, ...}), those of the first
-- track first, the length of each, and how many there are of each track (two bytes each). Each track takes its own, and
-- loses what is too old or too much; when nothing comes any more, it ends as a whole.
local keep_ms, most, packed, lengths, counts = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local head, byte, sub = cmsgpack.unpack_limit, string.byte, string.sub

local function number(numbers, i)
  local high, low = byte(numbers, 2 * i - 1, 2 * i)
  return 256 * high + low
end

local start, nth = 1, 0
for i, key in ipairs(KEYS) do
  local newest_ms = 0
  for _ = 1, number(counts, i) do
    nth = nth + 1
    local stop = start + number(lengths, nth)
    local position = sub(packed, start, stop - 1)
    start = stop
    local behind = head(position, 1, 1)
    local _, _, _, at_ms, received_at_ms = head(position, 4, behind)
    redis.call('ZADD', key, string.format('%.0f', at_ms), position)
    newest_ms = math.max(newest_ms, received_at_ms)
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', newest_ms - keep_ms))
  if redis.call('ZCARD', key) > tonumber(most) then
    redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
  end
  redis.call('PEXPIRE', key, keep_ms)
end
return nth
