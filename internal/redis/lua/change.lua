-- Shared by the scripts that change something; follows core.lua.

local touched, moved = {}, {}
local function touch(h) touched[h.name] = h end
local function touch_addr(name) moved[name] = true end

local function place_addr(name)
  local a = addr_of(name)
  local first = redis.call('ZRANGE', key.hosts(name), 0, 0, 'WITHSCORES')
  if #first == 0 or n(a, 'inflight') >= math.max(n(run, 'aconc'), 1) then
    redis.call('ZREM', key.ready(), name)
  else
    redis.call('ZADD', key.ready(), math.max(n(a, 'next'), tonumber(first[2])), name)
  end
end

-- place_host puts a host where its state belongs: into the queue of its
-- address, into the list of hosts with tasks to report, or nowhere.
local function place_host(h)
  local st, reason = site_of(h), down(h)
  local queued, cuts = n(h, 'queued'), n(h, 'cuts')
  if (reason ~= '' and queued > 0 or cuts > 0) and n(h, 'cutting') == 0 then
    set(h, 'cutting', 1)
    redis.call('LPUSH', key.cutting(), h.name)
  end
  local works = (queued > 0 or n(h, 'held') > 0) and 1 or 0
  if works ~= n(h, 'active') then
    set(h, 'active', works)
    redis.call(works == 1 and 'SADD' or 'SREM', key.active(h.v.site), h.name)
  end
  local fits = reason == '' and n(h, 'waiting') == 0 and queued > cuts and n(h, 'inflight') < math.max(n(st, 'p_conc'), 1)
  if n(h, 'gates') > 0 then fits = fits and n(h, 'inflight') == 0 end
  if fits then
    local at = math.max(n(h, 'next'), n(h, 'until'))
    if n(h, 'delayed') > 0 and not ready_now(h) then at = math.max(at, later_at(h)) end
    redis.call('ZADD', key.hosts(h.v.addr), at, h.name)
  else
    redis.call('ZREM', key.hosts(h.v.addr), h.name)
  end
  touch_addr(h.v.addr)
end

-- place brings the queues of hosts and addresses up to date.
local function place()
  local hs, as = touched, moved
  touched = {}
  for _, h in pairs(hs) do place_host(h) end
  as, moved = moved, {}
  for a in pairs(as) do place_addr(a) end
end

-- finish writes what was changed; the last step of each script that changes.
-- Where nothing was, the clock alone is worth a write once a second only.
local function finish()
  place()
  local dirty = real and real - n(run, 'last') > 1000000
  for _, o in ipairs(order) do dirty = dirty or o.dirty end
  if not dirty then return end
  if real then
    run.v.clock, run.v.last = now, real
    run.dirty = true
  end
  for _, o in ipairs(order) do
    if o.dirty then redis.call('SET', o.k, cmsgpack.pack(o.v)) end
    o.dirty = false
  end
end

local function queued(h, by)
  inc(h, 'queued', by)
  inc(site_of(h), 'queued', by)
end

-- put queues an entry at the end, or at the front, of its level.
local function put(h, entry, level, front, reason)
  queued(h, 1)
  local k
  if level == 'c' then
    k = key.cuts(h.name, reason)
    inc(h, 'cuts', 1)
    local known = s(h, 'reasons')
    if not string.find(known, '|' .. reason .. '|', 1, true) then
      set(h, 'reasons', (known == '' and '|' or known) .. reason .. '|')
    end
  else
    k = key.queue(h.name, level)
  end
  redis.call(front and 'LPUSH' or 'RPUSH', k, entry)
end

-- due moves delayed tasks whose time has come to their queues.
local function due(h, at)
  if n(h, 'delayed') == 0 then return end
  for _, gate in ipairs({true, false}) do
    local k = key.later(h.name, gate)
    for _, m in ipairs(redis.call('ZRANGEBYSCORE', k, '-inf', at)) do
      local level, entry = string.match(m, '^%d+ (%w) (.*)$')
      redis.call('RPUSH', key.queue(h.name, level), entry)
      redis.call('ZREM', k, m)
      inc(h, 'delayed', -1)
    end
  end
end

local function put_later(h, entry, level, at)
  queued(h, 1)
  inc(h, 'delayed', 1)
  inc(run, 'seq', 1)
  redis.call('ZADD', key.later(h.name, level == 'g'), at, string.format('%015.0f', n(run, 'seq')) .. ' ' .. level .. ' ' .. entry)
end

-- An entry is "attempt lost auxiliary\nURL\nthe rest".
local function parts(entry)
  local attempt, lost, aux, rest, url = string.match(entry, '^(%d+) (%d+) (%d)(\n([^\n]*)\n.*)$')
  return tonumber(attempt), tonumber(lost), aux == '1', rest, url
end
local function auxiliary(entry) return string.match(entry, '^%d+ %d+ (%d)') == '1' end
local function remake(attempt, lost, aux, rest)
  return attempt .. ' ' .. lost .. ' ' .. (aux and 1 or 0) .. rest
end

local function cut_site(st, name, reason)
  if s(st, 'cut') ~= '' then return end
  set(st, 'cut', reason)
  for _, h in ipairs(redis.call('SMEMBERS', key.active(name))) do touch(host(h)) end
end

local function check_time(st, name)
  local limit = n(st, 'p_time')
  if limit > 0 and s(st, 'cut') == '' and st.v.began and now - n(st, 'began') >= limit then
    cut_site(st, name, 'budget-time')
  end
end

-- wait_for_room keeps a host from being handed out until others of its site
-- have ended; wake lets those hosts try again.
local function wait_for_room(h)
  set(h, 'waiting', 1)
  set(site_of(h), 'waiters', 1)
  redis.call('SADD', key.waiters(h.v.site), h.name)
end
local function wake(name)
  local st = load(key.site(name))
  if n(st, 'waiters') == 0 then return end
  set(st, 'waiters', 0)
  local k = key.waiters(name)
  for _, w in ipairs(redis.call('SMEMBERS', k)) do
    local h = host(w)
    set(h, 'waiting', 0)
    touch(h)
  end
  redis.call('DEL', k)
end

local function delay(min, max, factor, d) return math.min(math.max(math.floor(factor * d), min), max) end
local function host_delay(st, d) return delay(n(st, 'p_min'), n(st, 'p_max'), n(st, 'p_factor'), d) end
local function addr_delay(d) return delay(n(run, 'amin'), n(run, 'amax'), n(run, 'afactor'), d) end

-- lease_of returns the lease with a token, or nil when it is lost. Its tasks
-- are the lists level and entry; an entry of '' has been ended.
local function lease_of(token)
  local l = load(key.lease(token))
  if not l.v.host or now > n(l, 'expires') then return nil end
  l.token = token
  return l
end

-- fly counts a task of a fetching lease in or out of what is in flight.
local function fly(l, st, level, aux, by)
  if s(l, 'cut') ~= '' or aux then return end
  inc(st, 'flying', by)
  if level ~= 'g' and level ~= 'c' and tonumber(level) >= TRAP then inc(st, 'trapping', by) end
end

local function held(h, by)
  inc(h, 'held', by)
  inc(site_of(h), 'held', by)
end

-- unspent takes back what a claim added to the clocks, as no request was made.
local function unspent(l, h, a)
  if s(l, 'cut') ~= '' then return end
  if n(a, 'next') == n(l, 'aa') then set(a, 'next', n(l, 'ab')) end
  if n(h, 'next') == n(l, 'ha') then set(h, 'next', n(l, 'hb')) end
end

-- vacate gives the places of a lease back that has ended.
local function vacate(l, h, a)
  redis.call('DEL', l.k)
  redis.call('ZREM', key.leases(), l.token)
  l.dirty = false
  if s(l, 'cut') == '' then
    inc(h, 'inflight', -1)
    inc(a, 'inflight', -1)
    wake(h.v.site)
  end
  touch(h)
  touch_addr(a.name)
end

-- A process numbers its requests; a slot holds the last one of each that runs
-- at a time. answered returns what it was told when it asks once more, because
-- the answer was lost on its way; answer keeps that.
local function answered(process, slot, number)
  local last = redis.call('HGET', key.asked(process), slot)
  return last and string.match(last, '^' .. number .. ' (.*)$')
end
local function answer(process, slot, number, text)
  redis.call('HSET', key.asked(process), slot, number .. ' ' .. text)
end
