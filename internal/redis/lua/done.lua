-- done ends one task of a lease: acknowledges it, enqueues the links, counts
-- and sets the time of the host's next request.
-- KEYS[1]: the run's hash.
-- ARGV: 1 token, 2 URL, 3 result (crawler.Result), 4 reason, 5 duration,
--   6 retry after, 7 task delay (µs), 8 host fault, 9 why, 10 bytes,
--   11 incomplete, 12 address, 13 crawl delay (µs), 14 has a note, 15 note,
--   16 reason to give the host up, 17 on: links, see enqueue.
-- Returns: {links that were new, µs until the next task of the lease, tasks
--   left in it}, or nil when the lease is lost.
local l = lease_of(ARGV[1])
if not l then return false end
local at, level, entry
for i = 1, n(l, 'n') do
  local lv, e = task_at(l, i)
  if e then
    local _, _, _, _, url = parts(e)
    if url == ARGV[2] then
      at, level, entry = i, lv, e
      break
    end
  end
end
if not at then return false end
local result, reason, took = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local attempt, lost, aux, rest = parts(entry)
local h, a = host(s(l, 'host')), addr_of(s(l, 'addr'))
local st, cut = site_of(h), s(l, 'cut')
l.cutting = cut ~= ''
local added = enqueue(17)

set(l, 't' .. at, '')
inc(l, 'left', -1)
fly(l, st, level, aux, -1)
held(h, -1)
inc(st, 'bytes', tonumber(ARGV[10]))

if result >= 6 then -- another time
  if result == 6 then
    inc(st, 'retries', 1)
    entry = remake(attempt + 1, lost, aux, rest)
  end
  if level ~= 'c' and tonumber(ARGV[7]) > 0 then
    put_later(h, entry, level, now + tonumber(ARGV[7]))
  else
    put(h, entry, level, false, cut)
  end
else
  inc(run, 'work', -1)
  if level == 'g' then inc(h, 'gates', -1) end
  if result <= 2 then
    inc(st, 'visited', 1)
    if result == 2 then inc(st, 'unchanged', 1) end
    if ARGV[11] == '1' then inc(st, 'incomplete', 1) end
    if level ~= 'g' and level ~= 'c' and tonumber(level) >= TRAP then inc(st, 'traps', 1) end
  elseif result == 3 then
    inc(st, 'auxiliary', 1)
  else
    inc(st, (result == 4 and 'skipped:' or 'failed:') .. reason, 1)
  end
end

-- The clocks of host and address.
local crawl_delay, after = tonumber(ARGV[13]), tonumber(ARGV[6])
if crawl_delay > 0 then set(h, 'delay', crawl_delay) end
if ARGV[14] == '1' then
  redis.call('SET', key.note(h.name), ARGV[15])
  inc(h, 'version', 1)
end
if ARGV[8] == '1' then
  if n(h, 'faults') == 0 then set(h, 'faulty', now) end
  inc(h, 'faults', 1)
elseif took > 0 then
  set(h, 'faults', 0)
end
if after > 0 then
  set(h, 'until', math.max(n(h, 'until'), now + after))
  set(h, 'why', ARGV[9])
end
if took > 0 then
  set(h, 'gap', math.max(host_delay(st, took), n(h, 'delay')))
  set(h, 'next', math.max(n(h, 'next'), now + n(h, 'gap')))
  set(a, 'gap', addr_delay(took))
  set(a, 'next', math.max(n(a, 'next'), now + n(a, 'gap')))
elseif n(l, 'left') == 0 then
  unspent(l, h, a)
end
if ARGV[16] ~= '' and s(h, 'cut') == '' then set(h, 'cut', ARGV[16]) end
if ARGV[12] ~= '' and ARGV[12] ~= s(h, 'addr') then
  redis.call('ZREM', key.hosts(s(h, 'addr')), h.name)
  touch_addr(s(h, 'addr'))
  set(h, 'addr', ARGV[12])
  local to = addr_of(ARGV[12])
  set(to, 'next', math.max(n(to, 'next'), now + addr_delay(took)))
end
touch(h)
touch_addr(a.name)

local wait, left = 0, n(l, 'left')
if left == 0 then
  vacate(l, h, a)
elseif cut == '' then -- reserve the moment of the next request
  local free = math.max(now, n(h, 'next'), n(h, 'until'), n(a, 'next'))
  set(l, 'hb', n(h, 'next'))
  set(l, 'ab', n(a, 'next'))
  if n(st, 'p_conc') > 1 then
    set(h, 'next', math.max(n(h, 'next'), free + math.max(n(h, 'gap'), n(st, 'p_min'), n(h, 'delay'))))
  end
  set(a, 'next', math.max(n(a, 'next'), free + math.max(n(a, 'gap'), n(run, 'amin'))))
  set(l, 'ha', n(h, 'next'))
  set(l, 'aa', n(a, 'next'))
  wait = free - now
end
local pages, bytes = n(st, 'p_pages'), n(st, 'p_bytes')
if pages > 0 and n(st, 'visited') >= pages then
  cut_site(st, s(h, 'site'), 'budget-pages')
elseif bytes > 0 and n(st, 'bytes') >= bytes then
  cut_site(st, s(h, 'site'), 'budget-bytes')
end
finish()
return {added, string.format('%.0f', wait), left}
