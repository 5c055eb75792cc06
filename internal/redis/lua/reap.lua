-- reap takes back expired leases and cuts sites whose time is used up.
-- KEYS[1]: the state of the run.
-- ARGV: 1 most leases, 2 the reason for tasks that were lost too often.
-- Returns: how many leases were taken back.
for _, name in ipairs(redis.call('SMEMBERS', key.timed())) do check_time(load(key.site(name)), name) end
local tokens = redis.call('ZRANGEBYSCORE', key.leases(), '-inf', '(' .. whole(now), 'LIMIT', 0, tonumber(ARGV[1]))
for _, token in ipairs(tokens) do
  local l = load(key.lease(token))
  l.token = token
  local h, a, cut = host(l.v.host), addr_of(l.v.addr), s(l, 'cut')
  local st = site_of(h)
  for i = #l.v.entry, 1, -1 do
    local level, entry = l.v.level[i], l.v.entry[i]
    if entry ~= '' then
      local attempt, lost, aux, rest = parts(entry)
      fly(l, st, level, aux, -1)
      held(h, -1)
      entry = remake(attempt, lost + 1, aux, rest)
      if level == 'c' or lost + 1 < n(run, 'attempts') then
        put(h, entry, level, true, cut)
      else
        if level == 'g' then inc(h, 'gates', -1) end
        put(h, entry, 'c', true, ARGV[2])
      end
    end
  end
  -- Whether a request was made nobody knows: assume so.
  set(h, 'next', math.max(n(h, 'next'), now + math.max(host_delay(st, 0), n(h, 'delay'))))
  vacate(l, h, a)
end
finish()
return #tokens
