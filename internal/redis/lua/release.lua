-- release gives the tasks of a lease back to the front of their host.
-- KEYS[1]: the state of the run.
-- ARGV: 1 token.
-- Returns: 1, or 0 when the lease is lost.
local l = lease_of(ARGV[1])
if not l then return 0 end
local h, a, cut = host(l.v.host), addr_of(l.v.addr), s(l, 'cut')
unspent(l, h, a)
for i = #l.v.entry, 1, -1 do
  local level, entry = l.v.level[i], l.v.entry[i]
  if entry ~= '' then
    fly(l, site_of(h), level, auxiliary(entry), -1)
    held(h, -1)
    put(h, entry, level, true, cut)
  end
end
vacate(l, h, a)
finish()
return 1
