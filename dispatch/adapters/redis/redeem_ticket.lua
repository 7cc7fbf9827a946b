-- KEYS: a ticket. ARGV: its proof. Takes the ticket away if it is still this one: 1 for one caller, 0 for all others.
if redis.call('HGET', KEYS[1], 'proof') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
