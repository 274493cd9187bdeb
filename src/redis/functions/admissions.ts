/** A worker comes, and goes. Each in several calls, since a worker may have any number of slots and none may hold Redis up. */
export const admissions = `
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

-- The slot of a run is the worker's no more, and the run is in no queue and no set of it.
local function free_slot(d, w, r)
  redis.call('HDEL', key.taken(d, w), r)
  redis.call('ZREM', key.slots(d, w), r)
  if redis.call('SREM', key.running_set(d, w), r) == 1 then redis.call('DEL', key.running(d, r)) end
  if redis.call('EXISTS', key.grant(d, r)) == 1 and redis.call('LREM', key.queue(d, w), 1, r) == 1 then
    redis.call('DEL', key.grant(d, r))
  end
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

-- hydra_place: a worker is there under a session: the first of three steps. It gets no work, and its renewals are refused, until
-- the last: whoever dies in between is followed by another admission, under another mark.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, now (ms), mark of this admission, mark of a new version of the kinds, and the fields of
--       workers:<domain>:<worker_id> and their values
-- Gives ""; "blocked" where the session's renewals are refused: a verdict on it is under way; else the session that has the
-- worker's place, which is to be dismissed first.
-- Invariant: a worker has one session, of two kinds or, while it is being admitted, of none.
register('place', {}, function(d, a)
  local w, session = a[1], a[2]
  if is_blocked(d, w, session, a[3]) then return 'blocked' end
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'leaving')
  if of[1] and (of[1] ~= session or of[2]) then return of[1] end
  leave_kinds(d, w, a[5])
  -- What is not said again, or was written by who is no worker of ours, goes.
  redis.call('DEL', key.worker(d, w))
  redis.call('HSET', key.worker(d, w), 'session', session, 'seating', a[4], unpack(a, 6))
  redis.call('ZADD', key.heartbeats(d), string.format('%.3f', a[3] / 1000), w)
  redis.call('UNLINK', key.seated(d, w))
  return ''
end)

-- hydra_seat: the second step, a few at a time: slots that the store says are taken.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, mark of the admission, now (ms), then per taken slot: run id, token, slot, job id, user
-- Gives 1; 0 where another admission has begun.
-- Invariant: what still lies in the worker's own queue under the same token stays there; what else is taken is running.
register('seat', {}, function(d, a)
  local w = a[1]
  if redis.call('HGET', key.worker(d, w), 'seating') ~= a[2] then return 0 end
  for i = 4, #a, 5 do
    local r, token = a[i], a[i + 1]
    local was = redis.call('HGET', key.taken(d, w), r)
    local is_same = was and string.match(was, '^(.-)|') == token
    if was and not is_same then free_slot(d, w, r) end
    redis.call('ZADD', key.slots(d, w), a[i + 2], r)
    redis.call('HSET', key.taken(d, w), r, table.concat({ token, a[i + 3], a[i + 4] }, '|'))
    -- It lies in the own queue exactly while it is taken, has a grant, and does not run.
    local lies = is_same and redis.call('EXISTS', key.grant(d, r)) == 1 and redis.call('SISMEMBER', key.running_set(d, w), r) == 0
    if not lies then set_running(d, w, r, a[3]) end
    redis.call('SADD', key.seated(d, w), r)
  end
  redis.call('EXPIRE', key.seated(d, w), 60)
  return 1
end)

-- hydra_unseat: between the second step and the last, a few at a time: frees slots that are not the store's. What was reserved
-- for the session, or given to it meanwhile, stays.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, mark of the admission, at which slot to begin, how many to look at
-- Gives where to go on; -1 at the end, and where another admission has begun.
-- Invariant: as hydra_release's.
register('unseat', {}, function(d, a)
  local w, at = a[1], tonumber(a[3])
  local of = redis.call('HMGET', key.worker(d, w), 'session', 'seating')
  if of[2] ~= a[2] then return -1 end
  local some = redis.call('ZRANGE', key.slots(d, w), at, at + a[4] - 1)
  for _, r in ipairs(some) do
    local held = reservation(d, r)
    local is_reserved = held and held.worker == w and held.session == of[1]
    if is_reserved or redis.call('SISMEMBER', key.seated(d, w), r) == 1 then at = at + 1 else free_slot(d, w, r) end
  end
  return #some == tonumber(a[4]) and at or -1
end)

-- hydra_admitted: the last step: the worker is of its kinds, and gets work.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, worker id, mark of the admission, now (ms), kind m and its facts (JSON), kind p and its facts (JSON), mark of a
--       new version of the kinds
-- Gives the kinds that are to be linked (hydra_link, hydra_linked) before the worker gets anything.
-- Invariant: as hydra_place's.
register('admitted', {}, function(d, a)
  local w, unlinked = a[2], {}
  if redis.call('HGET', key.worker(d, w), 'seating') ~= a[3] then return unlinked end
  redis.call('HDEL', key.worker(d, w), 'seating')
  redis.call('UNLINK', key.seated(d, w))
  redis.call('HSET', key.worker(d, w), 'kind_m', a[5], 'kind_p', a[7])
  count_running(d, w)
  join_kind(d, w, a[5], a[6], a[9], a[4])
  join_kind(d, w, a[7], a[8], a[9], a[4])
  refresh_worker(d, w)
  tell_worker(d, w)
  tell_work(d, a[1])
  for _, k in ipairs({ a[5], a[7] }) do
    if redis.call('ZSCORE', key.unlinked(d), k) then table.insert(unlinked, k) end
  end
  return unlinked
end)

-- hydra_leave: the worker of a session is gone; its slots and its own queue go with it, a few at each call. From the first on it
-- gets nothing; until the last it stands in the list, so that the look at the seats finds what was begun.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, session, mark of a new version of the kinds, how many slots to free
-- Gives 1 where there is more to do.
-- Invariant: nothing is left of it but reservations, which are given up or lapse.
register('leave', { 'allow-oom' }, function(d, a)
  local w = a[1]
  if redis.call('HGET', key.worker(d, w), 'session') ~= a[2] then return 0 end
  if redis.call('HSET', key.worker(d, w), 'leaving', '1') == 1 then
    leave_kinds(d, w, a[3])
    redis.call('HDEL', key.worker(d, w), 'kind_m', 'kind_p')
    tell_worker(d, w)
  end
  for _, r in ipairs(redis.call('ZRANGE', key.slots(d, w), 0, a[4] - 1)) do free_slot(d, w, r) end
  if redis.call('EXISTS', key.slots(d, w)) == 1 then return 1 end
  redis.call('UNLINK', key.worker(d, w), key.queue(d, w), key.running_set(d, w), key.taken(d, w), key.seated(d, w))
  redis.call('ZREM', key.heartbeats(d), w)
  return 0
end)
`
