/** Workers: who is there under which session, and what a kind of worker can take. */
export const workers = `
-- hydra_link: these classes fit a kind of worker. Which do, schedulers reckon: kinds and classes are named by their content,
-- so any of them may, any number of times.
-- KEYS  job_queue:<domain>:pending
-- ARGV  kind id, class ids
-- Invariant: kind_heads and class_kinds name each other.
register('link', {}, function(d, a)
  local k = a[1]
  if redis.call('HEXISTS', key.kinds(d, string.sub(k, 1, 1)), k) == 0 then return 0 end
  for i = 2, #a do
    if redis.call('HEXISTS', key.classes(d), a[i]) == 1 then
      redis.call('SADD', key.class_kinds(d, a[i]), k)
      redis.call('ZADD', key.kind_heads(d, k), head_score(d, a[i]), a[i])
    end
  end
  refresh_kind(d, k)
  return 1
end)

-- hydra_linked: all classes that fit a kind are linked to it: its workers get work from here on.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, kind id
-- Invariant: a kind that is not linked to all that fits it is in the set of those; only this takes it out.
register('linked', {}, function(d, a)
  redis.call('ZREM', key.unlinked(d), a[2])
  refresh_kind(d, a[2])
  tell_work(d, a[1])
  return 'OK'
end)

-- hydra_kinds: the kinds of workers of a letter, to reckon with.
-- KEYS  job_queue:<domain>:pending
-- ARGV  letter: m or p
-- Gives their version, and pairs: kind id, facts (JSON). Changes nothing.
register('kinds', { 'no-writes' }, function(d, a)
  return { redis.call('GET', key.kinds_version(d, a[1])) or '', redis.call('HGETALL', key.kinds(d, a[1])) }
end)

-- hydra_set_state: online, draining or disabled: whether the worker gets new work.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, worker id, state
-- Invariant: what the worker is offered and its state change in one step; of a worker that is not there nothing is left.
register('set_state', { 'allow-oom' }, function(d, a)
  if redis.call('HEXISTS', key.worker(d, a[2]), 'session') == 1 then
    redis.call('HSET', key.worker(d, a[2]), 'state', a[3])
    refresh_worker(d, a[2])
    tell_work(d, a[1])
  end
  return 'OK'
end)

-- hydra_renew: a heartbeat of a session.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, now (ms), and "c" where the control plane asks
-- Gives 1; 0 where the session is not admitted (to its end), or blocked: its worker registers again.
-- Invariant: the heartbeat of a blocked session stands still.
register('renew', { 'allow-oom' }, function(d, a)
  local w, session, now = a[1], a[2], string.format('%.3f', a[3] / 1000)
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'seating', 'leaving')
  if of[1] ~= session or of[2] or of[3] then return 0 end
  if is_blocked(d, w, session, a[4] == 'c' and a[3] or nil) then return 0 end
  redis.call('ZADD', key.heartbeats(d), now, w)
  for _, r in ipairs(redis.call('SRANDMEMBER', key.running_set(d, w), 100)) do
    redis.call('HSET', key.running(d, r), 'heartbeat', now)
  end
  return 1
end)

-- hydra_block: the first step of a verdict: the session is neither renewed nor admitted from here on, for 5 s.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, heartbeat that was seen (ms; empty: the session was not admitted), now (ms)
-- Gives 1 when it is blocked; 0 when it has beaten since, or is admitted meanwhile.
-- Invariant: as hydra_renew's.
register('block', { 'allow-oom' }, function(d, a)
  local w, beat = a[1], ''
  if redis.call('HGET', key.worker(d, w), 'session') == a[2] then
    beat = string.format('%.0f', redis.call('ZSCORE', key.heartbeats(d), w) * 1000)
  end
  if beat ~= a[3] then return 0 end
  redis.call('SET', key.blocked(d, w), a[2] .. '|' .. a[4], 'PX', 5000)
  return 1
end)

-- hydra_standing: a worker as it stands.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, at which slot to begin, how many to look at
-- Gives session, state, card (JSON), heartbeat (s), how many slots were looked at, and per taken one of them: run id, token|job
-- id|user, slot; nothing where the worker is not admitted. Changes nothing.
register('standing', { 'no-writes' }, function(d, a)
  local w = a[1]
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'state', 'card')
  if not (of[1] and of[3]) then return {} end
  local slots = redis.call('ZRANGE', key.slots(d, w), a[2], a[2] + a[3] - 1, 'WITHSCORES')
  local all = { of[1], of[2], of[3], redis.call('ZSCORE', key.heartbeats(d), w) or '0', tostring(#slots / 2) }
  for i = 1, #slots, 2 do
    local held = redis.call('HGET', key.taken(d, w), slots[i])
    if held then
      for _, part in ipairs({ slots[i], held, slots[i + 1] }) do table.insert(all, part) end
    end
  end
  return all
end)

-- hydra_forget: the domain is removed.
-- KEYS  job_queue:<domain>:pending
-- Gives 1; 0, and changes nothing, while a worker, a run that waits or a reservation of it is here.
-- Invariant: after it no key of the domain is left but those that go by themselves: letters, and for an hour a mark that
-- tells the other schedulers that nothing was lost.
register('forget', { 'allow-oom' }, function(d)
  for _, k in ipairs({ key.heartbeats(d), key.pending(d), key.reserved(d), key.classes(d) }) do
    if redis.call('EXISTS', k) == 1 then return 0 end
  end
  redis.call('DEL', key.kinds_version(d, 'm'), key.kinds_version(d, 'p'), key.dropped(d))
  redis.call('SET', key.mark(d), 'forgotten', 'EX', 3600)
  return 1
end)

-- hydra_heartbeats: the sessions that are admitted, and when each was heard of.
-- KEYS  job_queue:<domain>:pending
-- ARGV  at which worker to begin, how many to look at
-- Gives, per worker: worker id, session, heartbeat (s). Changes nothing.
register('heartbeats', { 'no-writes' }, function(d, a)
  local all, beats = {}, redis.call('ZRANGE', key.heartbeats(d), a[1], a[1] + a[2] - 1, 'WITHSCORES')
  for i = 1, #beats, 2 do
    for _, part in ipairs({ beats[i], redis.call('HGET', key.worker(d, beats[i]), 'session') or '', beats[i + 1] }) do
      table.insert(all, part)
    end
  end
  return all
end)
`
