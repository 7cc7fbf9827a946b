-- KEYS: a stream. ARGV: about how many events it keeps, then of each event in order its number and its content. Adds all
-- of them in one piece; those that are there already, or come too late, are refused by the stream itself and left alone.
for i = 2, #ARGV, 2 do
  local id, content = ARGV[i] .. '-0', ARGV[i + 1]
  local answer = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], id, 'e', content)
  if type(answer) == 'table' and answer.err and not string.find(answer.err, 'equal or smaller', 1, true) then
    return answer
  end
end
return redis.status_reply('OK')
