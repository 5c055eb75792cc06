-- open makes the run, or joins it, and stores its policies.
-- KEYS[1]: the state of the run. Runs without core.lua.
-- ARGV: 1 format version, 2 fingerprint key, 3 what workers need to join,
--   4 1: make or change, 0: only join, 5 address politeness min, 6 max (µs),
--   7 factor, 8 concurrency, 9 max attempts; then per site, nine each: name,
--   min, max (µs), factor, concurrency, pages, bytes, traps, time (µs).
-- Returns: {format version, fingerprint key, 1 when the run is new}
local RUN, fresh = KEYS[1], 0
local raw = redis.call('GET', RUN)
local run = raw and cmsgpack.unpack(raw)
if not run then
  if ARGV[4] ~= '1' then return redis.error_reply('GONE the run does not exist') end
  local t = redis.call('TIME')
  run = {v = ARGV[1], last = tonumber(t[1]) * 1000000 + tonumber(t[2])}
  redis.call('HSET', RUN .. ':meta', 'v', ARGV[1], 'key', ARGV[2], 'opened', t[1])
  fresh = 1
end
local k = redis.call('HGET', RUN .. ':meta', 'key')
if run.v ~= ARGV[1] or ARGV[4] ~= '1' then return {run.v, k, 0} end
redis.call('HSET', RUN .. ':meta', 'spec', ARGV[3])
run.amin, run.amax, run.afactor = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
run.aconc, run.attempts = tonumber(ARGV[8]), tonumber(ARGV[9])
redis.call('SET', RUN, cmsgpack.pack(run))
for i = 10, #ARGV, 9 do
  local name = ARGV[i]
  local old = redis.call('GET', RUN .. ':site:' .. name)
  local st = old and cmsgpack.unpack(old) or {}
  st.p = 1
  for j, f in ipairs({'p_min', 'p_max', 'p_factor', 'p_conc', 'p_pages', 'p_bytes', 'p_traps', 'p_time'}) do
    st[f] = tonumber(ARGV[i + j])
  end
  redis.call('SADD', RUN .. ':sites', name)
  redis.call('SET', RUN .. ':site:' .. name, cmsgpack.pack(st))
  redis.call(st.p_time > 0 and 'SADD' or 'SREM', RUN .. ':timed', name)
end
return {run.v, k, fresh}
