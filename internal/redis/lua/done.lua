-- done ends one task of a lease: acknowledges it, enqueues the links, counts
-- and sets the time of the host's next request.
-- KEYS[1]: the state of the run.
-- ARGV: 1 token, 2 URL, 3 result (crawler.Result), 4 reason, 5 duration,
--   6 retry after, 7 task delay (µs), 8 host fault, 9 why, 10 bytes,
--   11 incomplete, 12 address, 13 crawl delay (µs), 14 has a note, 15 note,
--   16 reason to give the host up, 17 process, 18 slot, 19 number of the
--   request, 20 on: links, see enqueue.
-- Returns: {links that were new, µs until the next task of the lease, tasks
--   left in it}, or nil when the lease is lost.
local function find(l)
  local url = '\n' .. ARGV[2] .. '\n'
  for i, entry in ipairs(l.v.entry) do
    -- The first line has no address in it, so this is the second one.
    if string.find(entry, url, 1, true) then return i end
  end
end
local l = lease_of(ARGV[1])
local at = l and find(l)
if not at then
  local before = answered(ARGV[17], ARGV[18], ARGV[19])
  return before and cmsgpack.unpack(before)
end
local level, entry = l.v.level[at], l.v.entry[at]
local result, reason, took = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local attempt, lost, aux, rest = parts(entry)
local h, a = host(l.v.host), addr_of(l.v.addr)
local st, cut = site_of(h), s(l, 'cut')
local added = enqueue(20)

l.v.entry[at] = ''
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
if ARGV[12] ~= '' and ARGV[12] ~= h.v.addr then
  redis.call('ZREM', key.hosts(h.v.addr), h.name)
  touch_addr(h.v.addr)
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
  cut_site(st, h.v.site, 'budget-pages')
elseif bytes > 0 and n(st, 'bytes') >= bytes then
  cut_site(st, h.v.site, 'budget-bytes')
end
local out = {added, whole(wait), left}
answer(ARGV[17], ARGV[18], ARGV[19], cmsgpack.pack(out))
finish()
return out
