-- hosts returns the state of some hosts, with the reason why each is idle.
-- KEYS[1]: the state of the run.
-- ARGV: hosts.
-- Returns: {{host, site, address, queued, held, faults, µs to wait, why}…}
local out = {}
for _, name in ipairs(ARGV) do
  local h = host(name)
  if h.v.site and (n(h, 'queued') > 0 or n(h, 'held') > 0) then
    local a, at, why = addr_of(h.v.addr), n(h, 'next'), ''
    local later = later_at(h)
    if down(h) ~= '' then
      why = 'given up (' .. down(h) .. '); its URLs are being reported'
    elseif n(h, 'inflight') > 0 and n(h, 'gates') > 0 then
      why = 'robots.txt is being fetched'
    elseif n(h, 'inflight') >= math.max(n(site_of(h), 'p_conc'), 1) then
      why = 'a worker is on it (' .. n(h, 'held') .. ' tasks in flight)'
    elseif n(h, 'waiting') == 1 then
      why = 'the page budget is in flight'
    elseif n(h, 'until') > now then
      why, at = s(h, 'why'), math.max(at, n(h, 'until'))
      if why == '' then why = 'blocked' end
    elseif n(h, 'next') > now then
      why = 'politeness delay of the host'
    elseif later > now and not ready_now(h) then
      why, at = 'its tasks wait for another try', later
    elseif n(a, 'inflight') >= math.max(n(run, 'aconc'), 1) then
      why = 'address ' .. a.name .. ' serves as many requests as allowed'
    elseif n(a, 'next') > now then
      why, at = 'politeness delay of address ' .. a.name, n(a, 'next')
    end
    out[#out + 1] = {name, h.v.site, a.name, n(h, 'queued'), n(h, 'held'), n(h, 'faults'), whole(math.max(0, at - now)), why}
  end
end
return out
