-- KEYS: tracks, one a courier. ARGV: how long a track is kept in ms, how many positions at most, the positions as
-- MessagePack arrays one behind the other ({courier, generation, seq, at_ms, received_at_ms, ...}), those of the first
-- track first, the length of each, how many there are of each track (two bytes each), and a byte each track, 1 where it
-- is time to tidy it up. Each track takes its own, and loses what is too much. A track that is new or tidied up also
-- loses what is too old, and ends as a whole when nothing comes any more.
local keep_ms, most, packed, lengths, counts, tidy = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local head, byte, sub = cmsgpack.unpack_limit, string.byte, string.sub

local function number(numbers, i)
  local high, low = byte(numbers, 2 * i - 1, 2 * i)
  return 256 * high + low
end

local start, nth = 1, 0
for i, key in ipairs(KEYS) do
  local newest_ms, count = 0, number(counts, i)
  for _ = 1, count do
    nth = nth + 1
    local stop = start + number(lengths, nth)
    local position = sub(packed, start, stop - 1)
    start = stop
    local behind = head(position, 1, 1)
    local _, _, _, at_ms, received_at_ms = head(position, 4, behind)
    redis.call('ZADD', key, at_ms, position)
    newest_ms = math.max(newest_ms, received_at_ms)
  end
  local held = redis.call('ZCARD', key)
  if held > most then
    redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
  end
  if byte(tidy, i) == 1 or held <= count then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', newest_ms - keep_ms)
    redis.call('PEXPIRE', key, keep_ms)
  end
end
return nth
