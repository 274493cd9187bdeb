/** Workers: who is there under which session, and what a kind of worker can take. */
export const workers = `
-- The worker is of no kind any more; a kind without workers is dropped, its links bit by bit by hydra_lapse.
local function leave_kinds(d, w, version)
  local of = redis.call('HMGET', key.worker(d, w), 'kind_m', 'kind_p')
  for _, k in ipairs({ of[1] or nil, of[2] or nil }) do
    redis.call('ZREM', key.kind_free(d, k), w)
    redis.call('SREM', key.kind_workers(d, k), w)
    refresh_kind(d, k)
    if redis.call('EXISTS', key.kind_workers(d, k)) == 0 then
      local letter = string.sub(k, 1, 1)
      redis.call('HDEL', key.kinds(d, letter), k)
      redis.call('SET', key.kinds_version(d, letter), version)
      redis.call('ZREM', key.unlinked(d), k)
      redis.call('SADD', key.dropped(d), k)
    end
  end
end

local function join_kind(d, w, k, facts, version, now)
  local letter = string.sub(k, 1, 1)
  redis.call('SADD', key.kind_workers(d, k), w)
  if redis.call('HEXISTS', key.kinds(d, letter), k) == 1 then return end
  redis.call('HSET', key.kinds(d, letter), k, facts)
  redis.call('SET', key.kinds_version(d, letter), version)
  redis.call('ZADD', key.unlinked(d), now, k)
end

local function forget_worker(d, w, version)
  for _, r in ipairs(redis.call('LRANGE', key.queue(d, w), 0, -1)) do redis.call('DEL', key.grant(d, r)) end
  for _, r in ipairs(redis.call('SMEMBERS', key.running_set(d, w))) do redis.call('DEL', key.running(d, r)) end
  leave_kinds(d, w, version)
  redis.call('DEL', key.worker(d, w), key.queue(d, w), key.running_set(d, w), key.slots(d, w), key.taken(d, w))
  redis.call('ZREM', key.heartbeats(d), w)
end

local function set_running(d, w, r, now)
  local token, job, user = string.match(redis.call('HGET', key.taken(d, w), r) or '||', '^(.-)|(.-)|(.*)$')
  redis.call('SADD', key.running_set(d, w), r)
  redis.call('HSET', key.running(d, r), 'worker_id', w, 'heartbeat', string.format('%.3f', now / 1000),
    'user', user, 'domain', string.match(d, '^{?(.-)}?$'), 'token', token, 'job_id', job)
end

local function count_running(d, w)
  redis.call('HSET', key.worker(d, w), 'current_running', redis.call('SCARD', key.running_set(d, w)))
end

-- A verdict on the session is under way. For 5 s: its setter may die. By the time of the control plane where that asks; a
-- worker's clock may be wrong by any amount, so that to workers the key's own end is the block's.
local function is_blocked(d, w, session, now)
  local blocked, since = string.match(redis.call('GET', key.blocked(d, w)) or '', '^(.-)|(.*)$')
  return blocked == session and (not now or tonumber(now) < tonumber(since) + 5000)
end

-- hydra_admit: a worker is there under a session, with the slots that the store says are taken.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, worker id, session, now (ms), kind m and its facts (JSON), kind p and its facts (JSON), mark of a new
--       version of the kinds, number of fields, the fields of workers:<domain>:<worker_id> and their values; then per taken
--       slot: run id, token, slot, job id, user
-- Gives the kinds that are to be linked (hydra_link, hydra_linked) before the worker gets anything; "blocked" where the
-- session's renewals are refused: a verdict on it is under way.
-- Invariant: a worker has one session, of two kinds. What was reserved for the same session, and what still lies in its
-- own queue and is taken, stays; all else of an earlier admission is forgotten.
register('admit', {}, function(d, a)
  local w, session, now, count = a[2], a[3], a[4], tonumber(a[10])
  if is_blocked(d, w, session, now) then return { 'blocked' } end
  local first, kept, lies, order = 11 + 2 * count, {}, {}, {}
  if redis.call('HGET', key.worker(d, w), 'session') == session then
    local slots = redis.call('ZRANGE', key.slots(d, w), 0, -1, 'WITHSCORES')
    for i = 1, #slots, 2 do
      local held = reservation(d, slots[i])
      if held and held.worker == w and held.session == session then kept[slots[i]] = slots[i + 1] end
    end
    for i = first, #a, 5 do
      local was = redis.call('HGET', key.taken(d, w), a[i])
      lies[a[i]] = was and string.match(was, '^(.-)|') == a[i + 1]
    end
    for _, r in ipairs(redis.call('LRANGE', key.queue(d, w), 0, -1)) do
      if lies[r] then table.insert(order, { r, redis.call('GET', key.grant(d, r)) }) end
    end
  end
  forget_worker(d, w, a[9])
  redis.call('HSET', key.worker(d, w), 'session', session, 'kind_m', a[5], 'kind_p', a[7])
  for i = 11, first - 1, 2 do redis.call('HSET', key.worker(d, w), a[i], a[i + 1]) end
  redis.call('ZADD', key.heartbeats(d), string.format('%.3f', now / 1000), w)
  for r, slot in pairs(kept) do redis.call('ZADD', key.slots(d, w), slot, r) end
  for i = first, #a, 5 do
    redis.call('ZADD', key.slots(d, w), a[i + 2], a[i])
    redis.call('HSET', key.taken(d, w), a[i], table.concat({ a[i + 1], a[i + 3], a[i + 4] }, '|'))
  end
  local waits = {}
  for _, one in ipairs(order) do
    if one[2] then
      waits[one[1]] = true
      redis.call('SET', key.grant(d, one[1]), one[2])
      redis.call('RPUSH', key.queue(d, w), one[1])
    end
  end
  for i = first, #a, 5 do
    if not waits[a[i]] then set_running(d, w, a[i], now) end
  end
  count_running(d, w)
  join_kind(d, w, a[5], a[6], a[9], now)
  join_kind(d, w, a[7], a[8], a[9], now)
  refresh_worker(d, w)
  tell_worker(d, w)
  tell_work(d, a[1])
  local unlinked = {}
  for _, k in ipairs({ a[5], a[7] }) do
    if redis.call('ZSCORE', key.unlinked(d), k) then table.insert(unlinked, k) end
  end
  return { '', unlinked }
end)

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
register('set_state', { 'allow-oom' }, function(d, a)
  if redis.call('HEXISTS', key.worker(d, a[2]), 'session') == 1 then
    redis.call('HSET', key.worker(d, a[2]), 'state', a[3])
    refresh_worker(d, a[2])
    tell_work(d, a[1])
  end
  return 'OK'
end)

-- hydra_dismiss: the worker of a session is gone; its slots and its own queue go with it.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, mark of a new version of the kinds
-- Invariant: nothing is left of it but reservations, which are given up or lapse.
register('dismiss', { 'allow-oom' }, function(d, a)
  if redis.call('HGET', key.worker(d, a[1]), 'session') ~= a[2] then return 0 end
  forget_worker(d, a[1], a[3])
  tell_worker(d, a[1])
  return 1
end)

-- hydra_renew: a heartbeat of a session.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, now (ms), and "c" where the control plane asks
-- Gives 1; 0 where the session is not admitted, or blocked: its worker registers again.
-- Invariant: the heartbeat of a blocked session stands still.
register('renew', { 'allow-oom' }, function(d, a)
  local w, session, now = a[1], a[2], string.format('%.3f', a[3] / 1000)
  if redis.call('HGET', key.worker(d, w), 'session') ~= session then return 0 end
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

-- hydra_presence: a worker as it stands.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id
-- Gives session, state, card (JSON), heartbeat (s), and per taken slot: run id, token|job id|user, slot; nothing where the
-- worker is not admitted. Changes nothing.
register('presence', { 'no-writes' }, function(d, a)
  local w = a[1]
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'state', 'card')
  if not (of[1] and of[3]) then return {} end
  local all = { of[1], of[2], of[3], redis.call('ZSCORE', key.heartbeats(d), w) or '0' }
  local taken = redis.call('HGETALL', key.taken(d, w))
  for i = 1, #taken, 2 do
    for _, part in ipairs({ taken[i], taken[i + 1], redis.call('ZSCORE', key.slots(d, w), taken[i]) or '0' }) do
      table.insert(all, part)
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
