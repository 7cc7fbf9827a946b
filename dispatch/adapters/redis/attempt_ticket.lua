-- KEYS: a ticket. Counts one try and answers {proof, tries left}; false when there is no ticket.
local proof = redis.call('HGET', KEYS[1], 'proof')
if not proof then
  return false
end
return {proof, redis.call('HINCRBY', KEYS[1], 'tries', -1)}
