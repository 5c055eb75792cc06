-- extend keeps a lease from expiring.
-- KEYS[1]: the state of the run.
-- ARGV: 1 token, 2 lease TTL (µs).
-- Returns: 1, or 0 when the lease is lost.
local l = lease_of(ARGV[1])
if not l then return 0 end
set(l, 'expires', now + tonumber(ARGV[2]))
redis.call('ZADD', key.leases(), now + tonumber(ARGV[2]), ARGV[1])
finish()
return 1
