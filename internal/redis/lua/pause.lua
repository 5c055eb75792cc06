-- pause keeps the whole run from being handed out, or lets it go on.
-- KEYS[1]: the state of the run.
-- ARGV: 1 why; '': go on.
-- Returns: 1
set(run, 'paused', ARGV[1])
finish()
return 1
