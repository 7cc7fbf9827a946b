-- KEYS: buckets of one subject, each a list of when it was taken from. ARGV: for each, its period in ms and how many
-- may be taken within any such period. Answers 0 when one was taken from each; else nothing was taken, and the answer
-- is the ms to wait. The time is this server's own.
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local wait_ms = 0
for i, key in ipairs(KEYS) do
  local within_ms, times = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local then_ms = redis.call('LINDEX', key, -times)
  if then_ms then
    wait_ms = math.max(wait_ms, tonumber(then_ms) + within_ms - now_ms)
  end
end
if wait_ms > 0 then
  return wait_ms
end
for i, key in ipairs(KEYS) do
  redis.call('RPUSH', key, string.format('%.0f', now_ms))
  redis.call('LTRIM', key, -tonumber(ARGV[2 * i]), -1)
  redis.call('PEXPIRE', key, ARGV[2 * i - 1])
end
return 0
