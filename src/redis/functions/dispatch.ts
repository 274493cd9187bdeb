/** From the queue into a worker's own queue, in the order of writes: reserve, (the store,) give; and what undoes it. */
export const dispatch = `
-- hydra_reserve: takes the best runs for free fitting slots out of the queue, each with its slot, in one step.
-- KEYS  job_queue:<domain>:pending
-- ARGV  at most how many, now (ms), mark of these reservations
-- Gives, per run in the order of dispatch: run id, worker id, session, slot, class id and JSON; then, in a list of its own,
-- pairs of each class's id and requirement (JSON); then "1" where more can be reserved.
-- Invariant: a run is queued or reserved, never both; a slot is free, reserved or taken, one run at a time. So of any
-- number of schedulers one gets a run, and one a slot.
register('reserve', {}, function(d, a)
  local made, classes, seen, cost = {}, {}, {}, 0
  for _ = 1, tonumber(a[1]) do
    -- About what it takes, in microseconds: Redis is not held for much longer than this.
    if cost > 250 then break end
    local k = redis.call('ZRANGE', key.ready(d), 0, 0)[1]
    if not k then break end
    local c = redis.call('ZRANGE', key.kind_heads(d, k), 0, 0)[1]
    local top = redis.call('ZRANGE', key.class(d, c), 0, 0, 'WITHSCORES')
    local kinds = redis.call('SMEMBERS', key.class_kinds(d, c))
    local w = least_loaded(d, kinds)
    cost = cost + 40 + 25 * #kinds
    if not (w and top[1]) then
      -- Cannot be while the invariants hold; if a hand changed the keys, the kind is looked at anew, and this call ends.
      refresh_head(d, c, '')
      refresh_kind(d, k)
      break
    end
    local r, shown = top[1], redis.call('HGET', key.waiting(d), top[1])
    redis.call('ZREM', key.pending(d), r)
    redis.call('ZREM', key.class(d, c), r)
    local session, slot = reserve_slot(d, r, w, top[2], a[2], a[3])
    refresh_head(d, c, top[2])
    for _, part in ipairs({ r, w, session, tostring(slot), shown }) do table.insert(made, part) end
    if not seen[c] then
      seen[c] = true
      table.insert(classes, c)
      table.insert(classes, redis.call('HGET', key.classes(d), c))
    end
  end
  return { made, classes, tostring(redis.call('EXISTS', key.ready(d))) }
end)

-- hydra_reserve_for: as hydra_reserve, for one run that is not queued.
-- KEYS  job_queue:<domain>:pending
-- ARGV  run id, score, class id, version of the kinds of the class's letter, now (ms), mark, the kinds that fit
-- Gives worker id, session and slot; nothing unless a fitting slot is free and nothing ahead of the run waits for it; "stale"
-- where the class is not there and the kinds are not those of the version.
-- Invariant: as hydra_reserve's.
register('reserve_for', {}, function(d, a)
  local r, score, c, now, mark = a[1], tonumber(a[2]), a[3], a[5], a[6]
  if is_known(d, r) then return {} end
  local kinds = {}
  if redis.call('HEXISTS', key.classes(d), c) == 1 then
    kinds = redis.call('SMEMBERS', key.class_kinds(d, c))
  elseif (redis.call('GET', key.kinds_version(d, string.sub(c, 1, 1))) or '') ~= a[4] then
    return { 'stale' }
  else
    for i = 7, #a do table.insert(kinds, a[i]) end
  end
  local w = least_loaded(d, kinds)
  if not w then return {} end
  for _, k in ipairs(redis.call('HMGET', key.worker(d, w), 'kind_m', 'kind_p')) do
    local ahead = redis.call('ZRANGE', key.kind_heads(d, k), 0, 0, 'WITHSCORES')[2]
    if ahead and tonumber(ahead) <= score then return {} end
  end
  local session, slot = reserve_slot(d, r, w, '', now, mark)
  return { w, session, tostring(slot) }
end)

-- hydra_give: puts grants into their workers' own queues; the reservations become taken slots.
-- KEYS  job_queue:<domain>:pending
-- ARGV  per grant: run id, worker id, session, slot, mark of the reservation, token, job id, user, grant (JSON)
-- The store has decided that the run is this worker's: it is given even where the reservation lapsed meanwhile. A worker
-- that has another session now gets nothing; the session's next renewal brings the grant again.
-- Invariant: a taken slot has its token; a run in a worker's own queue has a grant.
register('give', {}, function(d, a)
  for i = 1, #a, 9 do
    local r, w, session, slot = a[i], a[i + 1], a[i + 2], a[i + 3]
    local held = reservation(d, r, a[i + 4])
    local of = redis.call('HMGET', key.worker(d, w), 'session', 'seating', 'leaving')
    local is_here = of[1] == session and not of[3]
    if held then
      forget_reservation(d, r)
      if held.score ~= '' then
        local c = class_of(d, r)
        redis.call('HDEL', key.waiting(d), r)
        leave_class(d, c, head_score(d, c))
      end
    else
      unqueue(d, r)
    end
    if is_here then
      local is_again = redis.call('HEXISTS', key.taken(d, w), r) == 1
      redis.call('HSET', key.taken(d, w), r, table.concat({ a[i + 5], a[i + 6], a[i + 7] }, '|'))
      if redis.call('ZADD', key.slots(d, w), slot, r) == 1 then refresh_worker(d, w) end
      if of[2] then redis.call('SADD', key.seated(d, w), r) end
      redis.call('SET', key.grant(d, r), a[i + 8])
      if is_again then redis.call('LREM', key.queue(d, w), 0, r) end
      redis.call('RPUSH', key.queue(d, w), r)
      tell_worker(d, w)
    end
  end
  return 'OK'
end)

-- hydra_give_up: frees reservations whose run was not won.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, "1" to queue the runs again, then per reservation: run id, mark
-- Gives the runs that were to be queued again and never were in the queue: their caller enqueues them.
-- Invariant: as hydra_reserve's; a reservation that lapsed, or is another's by now, is passed over.
register('give_up', { 'allow-oom' }, function(d, a)
  local rest = {}
  for i = 3, #a, 2 do
    local held = reservation(d, a[i], a[i + 1])
    if held then
      end_reservation(d, a[i], held, a[2] == '1')
      if a[2] == '1' and held.score == '' then table.insert(rest, a[i]) end
    end
  end
  tell_work(d, a[1])
  return rest
end)

-- hydra_lapse: frees reservations made before a moment and queues again those of their runs that were queued; removes
-- links of kinds without workers; says whether the domain's keys were lost.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, the moment (ms), at most how many, mark of a new life of the queue
-- Gives how many were freed, the mark of the queue's present life, whether there may be more to do ("1"), and the kinds that
-- wait to be linked since before the moment.
-- Invariant: as hydra_reserve's and hydra_enqueue's.
register('lapse', { 'allow-oom' }, function(d, a)
  local before, most, more = '(' .. a[2], tonumber(a[3]), '0'
  local old = redis.call('ZRANGE', key.reserved(d), '-inf', before, 'BYSCORE', 'LIMIT', 0, most)
  for _, r in ipairs(old) do
    local held = reservation(d, r)
    if held then end_reservation(d, r, held, true) else forget_reservation(d, r) end
  end
  local k = redis.call('SRANDMEMBER', key.dropped(d))
  if k then
    local classes = {}
    if redis.call('HEXISTS', key.kinds(d, string.sub(k, 1, 1)), k) == 0 then
      classes = redis.call('ZPOPMIN', key.kind_heads(d, k), most)
      for i = 1, #classes, 2 do redis.call('SREM', key.class_kinds(d, classes[i]), k) end
    end
    if #classes == 0 then redis.call('SREM', key.dropped(d), k) end
  end
  if k or #old == most then more = '1' end
  -- The domain was removed, and is there again.
  if redis.call('GET', key.mark(d)) == 'forgotten' then redis.call('DEL', key.mark(d)) end
  redis.call('SET', key.mark(d), a[4], 'NX')
  tell_work(d, a[1])
  local unlinked = redis.call('ZRANGE', key.unlinked(d), '-inf', before, 'BYSCORE', 'LIMIT', 0, 10)
  return { #old, redis.call('GET', key.mark(d)), more, unlinked }
end)
`
