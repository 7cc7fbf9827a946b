-- KEYS: a ticket. ARGV: its proof, how many tries, how long it is good for in ms. Replaces an older one.
redis.call('HSET', KEYS[1], 'proof', ARGV[1], 'tries', ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
