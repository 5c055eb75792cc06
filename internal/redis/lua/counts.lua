-- counts returns the counts of all sites, and the hosts that have work.
-- KEYS[1]: the run's hash.
-- ARGV: none.
-- Returns: {{site, {field, value…}, {host…}}…}
local out = {}
for _, name in ipairs(redis.call('SMEMBERS', key.sites())) do
  out[#out + 1] = {name, redis.call('HGETALL', key.site(name)), redis.call('SMEMBERS', key.active(name))}
end
return out
