-- paused tells whether the run is paused.
-- KEYS[1]: the state of the run.
-- ARGV: none.
-- Returns: why; '' when it is not.
return s(run, 'paused')
