-- note returns what was stored for a host.
-- KEYS[1]: the state of the run.
-- ARGV: 1 host.
-- Returns: the note, nil when there is none.
return redis.call('GET', key.note(ARGV[1]))
