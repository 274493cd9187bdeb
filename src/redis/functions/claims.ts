/** A worker and its own queue: claim, take back, release. */
export const claims = `
-- hydra_claim: the worker takes grants out of its own queue: each moves to its running set in the same step.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, at most how many, now (ms)
-- Gives "other" where the session is not the worker's; else the grants (JSON), none while it is being admitted. To wait: subscribe to the
-- channel job_queue:<domain>:<worker_id> first, claim, and claim again at each message.
-- Invariant: a taken run is in its worker's own queue or in its running set, never in both: a grant is claimed once.
register('claim', { 'allow-oom' }, function(d, a)
  local w = a[1]
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'seating', 'leaving')
  if of[1] ~= a[2] or of[3] then return 'other' end
  local grants = {}
  if of[2] then return grants end
  for _, r in ipairs(redis.call('LPOP', key.queue(d, w), a[3]) or {}) do
    local grant = redis.call('GET', key.grant(d, r))
    redis.call('DEL', key.grant(d, r))
    if grant then
      set_running(d, w, r, a[4])
      table.insert(grants, grant)
    end
  end
  if #grants > 0 then count_running(d, w) end
  return grants
end)

-- hydra_take_back: the grants that still lie in the worker's own queue: proven unclaimed, and taken out. Their slots stay
-- until hydra_release.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, at most how many
-- Gives the grants (JSON). Invariant: as hydra_claim's: what is taken back can be claimed no more.
register('take_back', { 'allow-oom' }, function(d, a)
  local w, grants = a[1], {}
  if redis.call('HGET', key.worker(d, w), 'session') ~= a[2] then return grants end
  for _, r in ipairs(redis.call('LPOP', key.queue(d, w), a[3]) or {}) do
    local grant = redis.call('GET', key.grant(d, r))
    redis.call('DEL', key.grant(d, r))
    if grant then table.insert(grants, grant) end
  end
  return grants
end)

-- hydra_release: frees the slots of ended tokens; a token that holds none is passed over.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, worker id, then per token: run id, token
-- Invariant: a slot is freed by the token that has it, and by no other; a released run is in no queue and no set.
register('release', { 'allow-oom' }, function(d, a)
  local w, freed = a[2], false
  for i = 3, #a, 2 do
    local r, held = a[i], redis.call('HGET', key.taken(d, w), a[i])
    if held and string.match(held, '^(.-)|') == a[i + 1] then
      redis.call('HDEL', key.taken(d, w), r)
      redis.call('ZREM', key.slots(d, w), r)
      if redis.call('SREM', key.running_set(d, w), r) == 1 then
        redis.call('DEL', key.running(d, r))
      else
        redis.call('LREM', key.queue(d, w), 0, r)
        redis.call('DEL', key.grant(d, r))
      end
      freed = true
    end
  end
  if freed then
    count_running(d, w)
    refresh_worker(d, w)
    tell_work(d, a[1])
  end
  return 'OK'
end)
`
