-- ending gives one process at a time the right to close a run that is drained.
-- KEYS[1]: the state of the run.
-- ARGV: 1 process, 2 how long the right holds (µs).
-- Returns: 1, or 0 when another process has it or the run is not drained.
if n(run, 'work') > 0 then return 0 end
if s(run, 'closer') ~= ARGV[1] and now < n(run, 'closing') then return 0 end
set(run, 'closer', ARGV[1])
set(run, 'closing', now + tonumber(ARGV[2]))
finish()
return 1
