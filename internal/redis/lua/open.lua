-- open makes the run, or joins it, and stores its policies.
-- KEYS[1]: the run's hash. Runs without common.lua.
-- ARGV: 1 format version, 2 fingerprint key, 3 address politeness min, 4 max
--   (µs), 5 factor, 6 concurrency, 7 max attempts; then per site, nine each:
--   name, min, max (µs), factor, concurrency, pages, bytes, traps, time (µs).
-- Returns: {format version, fingerprint key, 1 when the run is new}
local RUN, fresh = KEYS[1], 0
if redis.call('EXISTS', RUN) == 0 then
  local t = redis.call('TIME')
  redis.call('HSET', RUN, 'v', ARGV[1], 'key', ARGV[2], 'epoch', tonumber(t[1]) * 1000000 + tonumber(t[2]))
  fresh = 1
end
local v, k = redis.call('HGET', RUN, 'v'), redis.call('HGET', RUN, 'key')
if v ~= ARGV[1] then return {v, k, 0} end
redis.call('HSET', RUN, 'amin', ARGV[3], 'amax', ARGV[4], 'afactor', ARGV[5], 'aconc', ARGV[6], 'attempts', ARGV[7])
for i = 8, #ARGV, 9 do
  local name = ARGV[i]
  redis.call('SADD', RUN .. ':sites', name)
  redis.call('HSET', RUN .. ':site:' .. name, 'p_min', ARGV[i + 1], 'p_max', ARGV[i + 2], 'p_factor', ARGV[i + 3],
    'p_conc', ARGV[i + 4], 'p_pages', ARGV[i + 5], 'p_bytes', ARGV[i + 6], 'p_traps', ARGV[i + 7], 'p_time', ARGV[i + 8])
  redis.call(tonumber(ARGV[i + 8]) > 0 and 'SADD' or 'SREM', RUN .. ':timed', name)
end
return {v, k, fresh}
