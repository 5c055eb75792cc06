-- next leases a host that may be fetched from now, with some of its tasks.
-- KEYS[1]: the state of the run.
-- ARGV: 1 worker, 2 most tasks, 3 lease TTL (µs), 4 idle wait (µs), 5 most
--   tasks of a lease that only reports, 6 process, 7 slot, 8 number of the
--   request.
-- Returns: {'drained'}, {'wait', µs}, or {'lease', token, host, site, address,
--   cut, note version, faults, µs since the first fault, entry…}
local limit, ttl, idle, batch = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local function take(h, k, level, tasks, max)
  while #tasks < max do
    local entry = redis.call('LPOP', k)
    if not entry then return end
    queued(h, -1)
    if level == 'c' then inc(h, 'cuts', -1) end
    tasks[#tasks + 1] = {level, entry}
  end
end

local function take_cut(h)
  local tasks = {}
  for reason in string.gmatch(s(h, 'reasons'), '[^|]+') do
    take(h, key.cuts(h.name, reason), 'c', tasks, batch)
    if #tasks > 0 then return tasks, reason end
  end
  local reason = down(h)
  if reason == '' then return tasks, '' end
  due(h, FOREVER)
  take(h, key.queue(h.name, 'g'), 'g', tasks, batch)
  for level = 0, LEVELS - 1 do take(h, key.queue(h.name, level), level, tasks, batch) end
  return tasks, reason
end

local function next_cut()
  while true do
    local name = redis.call('LINDEX', key.cutting(), 0)
    if not name then return nil end
    local h = host(name)
    local tasks, reason = take_cut(h)
    if #tasks > 0 then return h, tasks, reason end
    redis.call('LPOP', key.cutting())
    set(h, 'cutting', 0)
  end
end

local function cut_traps(h)
  for level = TRAP, LEVELS - 1 do
    local k = key.queue(h.name, level)
    while true do
      local entry = redis.call('LPOP', k)
      if not entry then break end
      queued(h, -1)
      put(h, entry, 'c', false, 'trap')
    end
  end
end

-- take_pages takes pages as far as the budgets of the site allow.
local function take_pages(h)
  local st, tasks, trapping = site_of(h), {}, 0
  local pages, traps = n(st, 'p_pages'), n(st, 'p_traps')
  for level = 0, LEVELS - 1 do
    local k = key.queue(h.name, level)
    while #tasks < limit and redis.call('EXISTS', k) == 1 do
      if pages > 0 and n(st, 'visited') + n(st, 'flying') + #tasks >= pages then
        if #tasks == 0 then wait_for_room(h) end
        return tasks
      end
      if level >= TRAP and traps > 0 and n(st, 'traps') + n(st, 'trapping') + trapping >= traps then
        if n(st, 'traps') < traps and #tasks == 0 then
          wait_for_room(h) -- others may yet fail
        elseif #tasks == 0 then
          cut_traps(h)
        end
        return tasks
      end
      if level >= TRAP then trapping = trapping + 1 end
      take(h, k, level, tasks, #tasks + 1)
    end
  end
  return tasks
end

local function next_of(h)
  due(h, now)
  if n(h, 'gates') == 0 then return take_pages(h) end
  local tasks = {}
  take(h, key.queue(h.name, 'g'), 'g', tasks, 1)
  return tasks
end

-- occupy takes a place of the host and of its address, and moves their clocks
-- for leases that may run beside this one.
local function occupy(l, h, a, st)
  inc(h, 'inflight', 1)
  inc(a, 'inflight', 1)
  set(l, 'ab', n(a, 'next'))
  set(l, 'hb', n(h, 'next'))
  if n(run, 'aconc') > 1 then set(a, 'next', math.max(n(a, 'next'), now + math.max(n(a, 'gap'), n(run, 'amin')))) end
  if n(st, 'p_conc') > 1 then
    set(h, 'next', math.max(n(h, 'next'), now + math.max(n(h, 'gap'), n(st, 'p_min'), n(h, 'delay'))))
  end
  set(l, 'aa', n(a, 'next'))
  set(l, 'ha', n(h, 'next'))
end

local function tell(l)
  local h = host(l.v.host)
  local out = {'lease', l.token, h.name, h.v.site, l.v.addr, s(l, 'cut'), n(h, 'version'), n(h, 'faults'),
    whole(n(h, 'faults') > 0 and now - n(h, 'faulty') or 0)}
  for _, entry in ipairs(l.v.entry) do out[#out + 1] = entry end
  return out
end

local function grant(h, tasks, cut)
  inc(run, 'token', 1)
  local token = whole(n(run, 'token'))
  local st, a = site_of(h), addr_of(h.v.addr)
  local l = object(key.lease(token), {
    host = h.name, addr = a.name, worker = ARGV[1], expires = now + ttl, left = #tasks, level = {}, entry = {},
  })
  l.token = token
  set(l, 'cut', cut)
  redis.call('ZADD', key.leases(), now + ttl, token)
  held(h, #tasks)
  if not st.v.began then set(st, 'began', math.max(now, 1)) end
  for i, t in ipairs(tasks) do
    fly(l, st, t[1], auxiliary(t[2]), 1)
    l.v.level[i], l.v.entry[i] = t[1], t[2]
  end
  if cut == '' then occupy(l, h, a, st) end
  touch(h)
  touch_addr(a.name)
  answer(ARGV[6], ARGV[7], ARGV[8], token)
  finish()
  return tell(l)
end

local before = answered(ARGV[6], ARGV[7], ARGV[8])
if before then
  local l = lease_of(before)
  if l then return tell(l) end
end
if n(run, 'work') == 0 then return {'drained'} end
if run.v.paused then return {'wait', whole(2 * idle)} end
for _ = 1, 1000 do
  local h, tasks, cut = next_cut()
  if h then return grant(h, tasks, cut) end
  local first = redis.call('ZRANGE', key.ready(), 0, 0, 'WITHSCORES')
  if #first == 0 then break end
  local at = tonumber(first[2])
  if at > now then
    finish()
    return {'wait', whole(math.min(at - now, 10 * idle))}
  end
  h = host(redis.call('ZRANGE', key.hosts(first[1]), 0, 0)[1])
  check_time(site_of(h), h.v.site)
  if s(site_of(h), 'cut') == '' then
    tasks = next_of(h)
    if #tasks > 0 then return grant(h, tasks, '') end
  end
  touch(h)
  place()
end
finish()
return {'wait', whole(idle)}
