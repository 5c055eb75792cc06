-- beat enters the time at which somebody works on a run. Runs without core.lua.
-- KEYS[1]: the registry of runs.
-- ARGV: 1 run, 2 1: make the entry, 0: renew it if it is there.
-- Returns: 1
if ARGV[2] == '1' or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], redis.call('TIME')[1])
end
return 1
