-- counts returns the counts of all sites, and the hosts that have work.
-- KEYS[1]: the state of the run.
-- ARGV: none.
-- Returns: {why the run is paused, {{site, {field, value…}, {host…}}…}}
local out = {}
for _, name in ipairs(redis.call('SMEMBERS', key.sites())) do
  local fields = {}
  for f, x in pairs(load(key.site(name)).v) do
    fields[#fields + 1] = f
    fields[#fields + 1] = type(x) == 'number' and whole(x) or x
  end
  out[#out + 1] = {name, fields, redis.call('SMEMBERS', key.active(name))}
end
return {s(run, 'paused'), out}
