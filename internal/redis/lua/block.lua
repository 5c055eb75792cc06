-- block keeps a host from being handed out for a while.
-- KEYS[1]: the state of the run.
-- ARGV: 1 host, 2 µs, 3 why.
-- Returns: 1, or 0 when the host is not known.
local h = host(ARGV[1])
if not h.v.site then return 0 end
set(h, 'until', now + tonumber(ARGV[2]))
set(h, 'why', ARGV[3])
touch(h)
finish()
return 1
