-- Shared by all scripts; runs before each of them.
-- KEYS[1]: the state of the run. Every other key is made from it in "key", so
-- that all of them have its hash tag and lie in its slot.
-- Times are microseconds on the clock of the run, see below.
local RUN = KEYS[1]
local FOREVER = 9e15
local LEVELS = 8      -- by cost; 'g' is robots.txt, 'c' what is only reported
local TRAP = 4        -- level from which on a page counts as a likely trap
local STEP = 10000000 -- the most that the clock advances between two calls

local key = {
  meta = function() return RUN .. ':meta' end,              -- hash: what workers need to join
  site = function(s) return RUN .. ':site:' .. s end,       -- object: policy, counts
  sites = function() return RUN .. ':sites' end,            -- set of site names
  timed = function() return RUN .. ':timed' end,            -- set of sites with a budget of time
  active = function(s) return RUN .. ':active:' .. s end,   -- set: hosts of a site with work
  waiters = function(s) return RUN .. ':waiters:' .. s end, -- set: hosts waiting for room in the budget
  host = function(h) return RUN .. ':host:' .. h end,       -- object
  note = function(h) return RUN .. ':note:' .. h end,       -- string
  queue = function(h, level) return RUN .. ':q:' .. level .. ':' .. h end,   -- list of entries
  cuts = function(h, reason) return RUN .. ':c:' .. reason .. ':' .. h end,  -- list of entries to report
  later = function(h, gate) return RUN .. (gate and ':lg:' or ':l:') .. h end, -- zset: entries by time
  addr = function(a) return RUN .. ':addr:' .. a end,       -- object
  hosts = function(a) return RUN .. ':ah:' .. a end,        -- zset: hosts of an address by next time
  ready = function() return RUN .. ':ready' end,            -- zset: addresses by next time
  cutting = function() return RUN .. ':cut' end,            -- list: hosts with tasks to report
  lease = function(t) return RUN .. ':lease:' .. t end,     -- object
  leases = function() return RUN .. ':leases' end,          -- zset: tokens by expiry
  asked = function(p) return RUN .. ':asked:' .. p end,     -- hash: answers a process may not have got
  seen = function(b) return RUN .. ':s:' .. b end,          -- set of integers
}

-- An object is one MessagePack map. It is read once, changed here, and written
-- by finish(): a hash of as many fields takes three times as long. Fields that
-- are 0 or '' are left out.
local cache, order = {}, {}
local function object(k, v)
  local o = {k = k, v = v}
  cache[k] = o
  order[#order + 1] = o
  return o
end
local function load(k)
  local o = cache[k]
  if o then return o end
  local raw = redis.call('GET', k)
  return object(k, raw and cmsgpack.unpack(raw) or {})
end
local function n(o, f) return o.v[f] or 0 end
local function s(o, f) return o.v[f] or '' end
local function set(o, f, x)
  if x == 0 or x == '' then x = nil end
  o.v[f] = x
  o.dirty = true
end
local function inc(o, f, by) set(o, f, n(o, f) + by) end
local function whole(x) return string.format('%.0f', x) end

local run = load(RUN)
if not run.v.v then return redis.error_reply('GONE the run does not exist') end

-- The clock of the run follows that of the server, but it stands still while
-- the run is paused or nobody asks, and it never goes back: a server that was
-- away, or another one with another time, ends no lease and undercuts no delay.
local now = n(run, 'clock')
local real
if not run.v.fixed then -- which tests set
  local t = redis.call('TIME')
  real = tonumber(t[1]) * 1000000 + tonumber(t[2])
  if not run.v.paused then now = now + math.min(math.max(real - n(run, 'last'), 0), STEP) end
end

local function site_of(h) return load(key.site(h.v.site)) end
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

local function down(h)
  return h.v.cut or s(site_of(h), 'cut')
end

local function ready_now(h)
  if n(h, 'gates') > 0 then return redis.call('EXISTS', key.queue(h.name, 'g')) > 0 end
  local q = {}
  for level = 0, LEVELS - 1 do q[level + 1] = key.queue(h.name, level) end
  return redis.call('EXISTS', unpack(q)) > 0
end

-- later_at is when the first delayed task is due that may be handed out.
local function later_at(h)
  if n(h, 'delayed') == 0 then return 0 end
  local first = redis.call('ZRANGE', key.later(h.name, n(h, 'gates') > 0), 0, 0, 'WITHSCORES')
  return tonumber(first[2]) or 0
end
