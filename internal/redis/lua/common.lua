-- Shared by all scripts; runs before each of them.
-- KEYS[1]: the run's hash. Every other key is made from it in "key", so that
-- all of them have its hash tag and lie in its slot.
-- Times are microseconds since the run was opened, by the clock of the server.
local RUN = KEYS[1]
local FOREVER = 9e15
local LEVELS = 8 -- by cost; 'g' is robots.txt, 'c' what is only reported
local TRAP = 4   -- level from which on a page counts as a likely trap

local key = {
  site = function(s) return RUN .. ':site:' .. s end,       -- hash: policy, counts
  sites = function() return RUN .. ':sites' end,            -- set of site names
  timed = function() return RUN .. ':timed' end,            -- set of sites with a budget of time
  active = function(s) return RUN .. ':active:' .. s end,   -- set: hosts of a site with work
  waiters = function(s) return RUN .. ':waiters:' .. s end, -- set: hosts waiting for room in the budget
  host = function(h) return RUN .. ':host:' .. h end,       -- hash
  note = function(h) return RUN .. ':note:' .. h end,       -- string
  queue = function(h, level) return RUN .. ':q:' .. level .. ':' .. h end,   -- list of entries
  cuts = function(h, reason) return RUN .. ':c:' .. reason .. ':' .. h end,  -- list of entries to report
  later = function(h, gate) return RUN .. (gate and ':lg:' or ':l:') .. h end, -- zset: entries by time
  addr = function(a) return RUN .. ':addr:' .. a end,       -- hash
  hosts = function(a) return RUN .. ':ah:' .. a end,        -- zset: hosts of an address by next time
  ready = function() return RUN .. ':ready' end,            -- zset: addresses by next time
  cutting = function() return RUN .. ':cut' end,            -- list: hosts with tasks to report
  lease = function(t) return RUN .. ':lease:' .. t end,     -- hash
  leases = function() return RUN .. ':leases' end,          -- zset: tokens by expiry
  seen = function(b) return RUN .. ':s:' .. b end,          -- set of integers
}

-- Hashes are read once, changed here, and written by finish().
local cache, order = {}, {}
local function load(k)
  local o = cache[k]
  if o then return o end
  o = {k = k, v = {}, d = {}}
  local raw = redis.call('HGETALL', k)
  for i = 1, #raw, 2 do o.v[raw[i]] = raw[i + 1] end
  cache[k] = o
  order[#order + 1] = o
  return o
end
local function n(o, f) return tonumber(o.v[f]) or 0 end
local function s(o, f) return o.v[f] or '' end
local function set(o, f, x)
  o.v[f] = x
  o.d[f] = true
end
local function inc(o, f, by) set(o, f, n(o, f) + by) end

local run = load(RUN)
if s(run, 'v') == '' then return redis.error_reply('GONE the run does not exist') end
local now
if run.v.clock then -- set by tests only
  now = tonumber(run.v.clock)
else
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000000 + tonumber(t[2]) - n(run, 'epoch')
end

local function site_of(h) return load(key.site(s(h, 'site'))) end
local function addr_of(name)
  local a = load(key.addr(name))
  a.name = name
  return a
end
local function host(name)
  local h = load(key.host(name))
  h.name = name
  return h
end

local touched, moved = {}, {}
local function touch(h) touched[h.name] = h end
local function touch_addr(name) moved[name] = true end

local function down(h)
  local c = s(h, 'cut')
  if c ~= '' then return c end
  return s(site_of(h), 'cut')
end

local function ready_now(h)
  if n(h, 'gates') > 0 then return redis.call('EXISTS', key.queue(h.name, 'g')) > 0 end
  local q = {}
  for level = 0, LEVELS - 1 do q[level + 1] = key.queue(h.name, level) end
  return redis.call('EXISTS', unpack(q)) > 0
end

-- later_at is when the first delayed task is due that may be handed out.
local function later_at(h)
  local first = redis.call('ZRANGE', key.later(h.name, n(h, 'gates') > 0), 0, 0, 'WITHSCORES')
  return tonumber(first[2]) or 0
end

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
    redis.call(works == 1 and 'SADD' or 'SREM', key.active(s(h, 'site')), h.name)
  end
  local fits = reason == '' and n(h, 'waiting') == 0 and queued > cuts and n(h, 'inflight') < math.max(n(st, 'p_conc'), 1)
  if n(h, 'gates') > 0 then fits = fits and n(h, 'inflight') == 0 end
  if fits then
    local at = math.max(n(h, 'next'), n(h, 'until'))
    if not ready_now(h) then at = math.max(at, later_at(h)) end
    redis.call('ZADD', key.hosts(s(h, 'addr')), at, h.name)
  else
    redis.call('ZREM', key.hosts(s(h, 'addr')), h.name)
  end
  touch_addr(s(h, 'addr'))
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
local function finish()
  place()
  for _, o in ipairs(order) do
    local args = {}
    for f in pairs(o.d) do
      args[#args + 1] = f
      args[#args + 1] = o.v[f]
    end
    if #args > 0 then redis.call('HSET', o.k, unpack(args)) end
    o.d = {}
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
  for _, gate in ipairs({true, false}) do
    local k = key.later(h.name, gate)
    for _, m in ipairs(redis.call('ZRANGEBYSCORE', k, '-inf', at)) do
      local level, entry = string.match(m, '^%d+ (%w) (.*)$')
      redis.call('RPUSH', key.queue(h.name, level), entry)
      redis.call('ZREM', k, m)
    end
  end
end

local function put_later(h, entry, level, at)
  queued(h, 1)
  inc(run, 'seq', 1)
  redis.call('ZADD', key.later(h.name, level == 'g'), at, string.format('%015.0f', n(run, 'seq')) .. ' ' .. level .. ' ' .. entry)
end

-- An entry is "attempt lost auxiliary\nURL\nthe rest".
local function parts(entry)
  local attempt, lost, aux, rest, url = string.match(entry, '^(%d+) (%d+) (%d)(\n([^\n]*)\n.*)$')
  return tonumber(attempt), tonumber(lost), aux == '1', rest, url
end
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
  if limit > 0 and s(st, 'cut') == '' and s(st, 'began') ~= '' and now - n(st, 'began') >= limit then
    cut_site(st, name, 'budget-time')
  end
end

-- wake lets hosts try again that waited for room in the page budget.
local function wake(name)
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

-- lease_of returns the lease with a token, or nil when it is lost.
local function lease_of(token)
  local l = load(key.lease(token))
  if s(l, 'host') == '' or now > n(l, 'expires') then return nil end
  l.token = token
  return l
end

-- each task of a lease lies in a field: "level entry".
local function task_at(l, i)
  local raw = l.v['t' .. i]
  if not raw or raw == '' then return nil end
  return string.sub(raw, 1, 1), string.sub(raw, 3)
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
  l.d, l.v = {}, {}
  if not l.cutting then
    inc(h, 'inflight', -1)
    inc(a, 'inflight', -1)
    wake(s(h, 'site'))
  end
  touch(h)
  touch_addr(a.name)
end

-- The seen set: linear hashing over sets of integers, so that it grows by one
-- bucket at a time. A set of at most 512 integers is a sorted array in Redis.
local MEAN = 200
local function bits(fp)
  local d = string.match(fp, '%d+')
  local hi, mid, lo = string.sub(d, 1, -15), string.sub(d, -14, -8), string.sub(d, -7)
  local m = 268435456
  local x = (tonumber(hi) or 0) % m
  x = (x * 10000000 + (tonumber(mid) or 0)) % m
  return (x * 10000000 + (tonumber(lo) or 0)) % m
end
local function bucket(fp, round, split)
  local x = bits(fp)
  local b = x % round
  if b < split then b = x % (2 * round) end
  return b
end
local function grow()
  local round, split = math.max(n(run, 'round'), 1), n(run, 'split')
  while n(run, 'seen') > MEAN * (round + split) do
    local k, keep, go = key.seen(split), {}, {}
    for _, fp in ipairs(redis.call('SMEMBERS', k)) do
      local to = (bits(fp) % (2 * round) == split) and keep or go
      to[#to + 1] = fp
    end
    redis.call('DEL', k)
    if #keep > 0 then redis.call('SADD', k, unpack(keep)) end
    if #go > 0 then redis.call('SADD', key.seen(split + round), unpack(go)) end
    split = split + 1
    if split == round then round, split = 2 * round, 0 end
    set(run, 'round', round)
    set(run, 'split', split)
  end
end
local function see(fp)
  local b = bucket(fp, math.max(n(run, 'round'), 1), n(run, 'split'))
  if redis.call('SADD', key.seen(b), fp) == 0 then return false end
  inc(run, 'seen', 1)
  return true
end

-- enqueue adds the tasks in ARGV from i on, seven arguments each: host, site,
-- address, level ("c" + reason: only report), fingerprint, again, entry.
-- It returns how many were new.
local function enqueue(i)
  local added = 0
  while i + 6 <= #ARGV do
    local fresh = see(ARGV[i + 4])
    if fresh or ARGV[i + 5] == '1' then
      local h = host(ARGV[i])
      if s(h, 'site') == '' then
        set(h, 'site', ARGV[i + 1])
        set(h, 'addr', ARGV[i + 2] ~= '' and ARGV[i + 2] or 'host ' .. ARGV[i])
        redis.call('SADD', key.sites(), ARGV[i + 1])
        local st = site_of(h)
        if s(st, 'p_min') == '' then
          set(st, 'p_min', 1000000)
          set(st, 'p_max', 30000000)
          set(st, 'p_factor', 1)
          set(st, 'p_conc', 1)
        end
      end
      local level, reason = string.sub(ARGV[i + 3], 1, 1), string.sub(ARGV[i + 3], 2)
      if level == 'g' then inc(h, 'gates', 1) end
      put(h, ARGV[i + 6], level, false, reason)
      inc(site_of(h), 'found', 1)
      inc(run, 'work', 1)
      touch(h)
      added = added + 1
    end
    i = i + 7
  end
  grow()
  return added
end
