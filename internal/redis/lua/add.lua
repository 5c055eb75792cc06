-- add enqueues the tasks whose URL was not seen before.
-- KEYS[1]: the state of the run.
-- ARGV: tasks, see enqueue.
-- Returns: how many were new.
local added = enqueue(1)
finish()
return added
