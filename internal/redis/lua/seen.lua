-- Shared by the scripts that enqueue; follows change.lua.

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

-- meet makes a host that is new. A site without a policy gets a careful one.
local function meet(h, site, addr)
  set(h, 'site', site)
  set(h, 'addr', addr ~= '' and addr or 'host ' .. h.name)
  redis.call('SADD', key.sites(), site)
  local st = site_of(h)
  if st.v.p then return end
  set(st, 'p', 1)
  set(st, 'p_min', 1000000)
  set(st, 'p_max', 30000000)
  set(st, 'p_factor', 1)
  set(st, 'p_conc', 1)
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
      if not h.v.site then meet(h, ARGV[i + 1], ARGV[i + 2]) end
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
