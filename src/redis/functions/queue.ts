/** What waits: into the queue, out of it, and looks at it. */
export const queue = `
-- hydra_enqueue: queues runs; one that is queued or reserved already stays where it is.
-- KEYS  job_queue:<domain>:pending
-- ARGV  origin, version of the kinds m, version of the kinds p, number of classes,
--       per class: class id, requirement (JSON), number of kinds that fit it, those kinds;
--       then per run: run id, score, number of its class in this call (from 1), what is shown of it (JSON)
-- Gives "stale" and changes nothing where a class is new and the kinds are not those of the version; else the ids of runs
-- that no worker fits.
-- Invariant: a run stands in pending, in its class and in waiting, or in none of them; a class is there exactly while a
-- run of it is, and is linked to every kind that fits it.
register('enqueue', {}, function(d, a)
  local version, at, classes = { m = a[2], p = a[3] }, 5, {}
  for i = 1, tonumber(a[4]) do
    local count = tonumber(a[at + 2])
    local c = { id = a[at], need = a[at + 1], kinds = {} }
    for j = 1, count do c.kinds[j] = a[at + 2 + j] end
    c.is_new = redis.call('HEXISTS', key.classes(d), c.id) == 0
    local letter = string.sub(c.id, 1, 1)
    if c.is_new and (redis.call('GET', key.kinds_version(d, letter)) or '') ~= version[letter] then
      return { 'stale' }
    end
    classes[i], at = c, at + 3 + count
  end
  for i = at, #a, 4 do
    local r, score, c = a[i], a[i + 1], classes[tonumber(a[i + 2])]
    if not is_known(d, r) then
      if c.is_new then
        redis.call('HSET', key.classes(d), c.id, c.need)
        for _, k in ipairs(c.kinds) do redis.call('SADD', key.class_kinds(d, c.id), k) end
        c.is_new = false
      end
      if not c.added then c.added, c.before = {}, head_score(d, c.id) end
      table.insert(c.added, r)
      redis.call('HSET', key.waiting(d), r, c.id .. a[i + 3])
      redis.call('ZADD', key.pending(d), score, r)
      redis.call('ZADD', key.class(d, c.id), score, r)
      redis.call('HINCRBY', key.class_runs(d), c.id, 1)
    end
  end
  local unfit = {}
  for _, c in ipairs(classes) do
    if c.added then
      refresh_head(d, c.id, c.before)
      local fits = false
      for _, k in ipairs(redis.call('SMEMBERS', key.class_kinds(d, c.id))) do
        fits = redis.call('EXISTS', key.kind_workers(d, k)) == 1
        if fits then break end
      end
      if not fits then for _, r in ipairs(c.added) do table.insert(unfit, r) end end
    end
  end
  tell_work(d, a[1])
  return { '', unfit }
end)

-- hydra_withdraw: takes runs out of the queue (a cancel); a reserved one stays, its give-out decides.
-- KEYS  job_queue:<domain>:pending
-- ARGV  run ids
-- Invariant: as hydra_enqueue's.
register('withdraw', { 'allow-oom' }, function(d, a)
  for _, r in ipairs(a) do unqueue(d, r) end
  return 'OK'
end)

-- hydra_unknown: which of these runs are neither queued nor reserved.
-- KEYS  job_queue:<domain>:pending
-- ARGV  run ids
-- Changes nothing.
register('unknown', { 'no-writes' }, function(d, a)
  local unknown = {}
  for _, r in ipairs(a) do
    if not is_known(d, r) then table.insert(unknown, r) end
  end
  return unknown
end)

-- hydra_waiting: what is shown of queued runs.
-- KEYS  job_queue:<domain>:pending
-- ARGV  run ids
-- Gives pairs: run id, class id and JSON; then, in a list of its own, pairs of each class's id and requirement (JSON). Runs
-- that are not queued any more are left out. Changes nothing.
register('waiting', { 'no-writes' }, function(d, a)
  local runs, classes, seen = {}, {}, {}
  for _, r in ipairs(a) do
    local shown = redis.call('ZSCORE', key.pending(d), r) and redis.call('HGET', key.waiting(d), r)
    if shown then
      table.insert(runs, r)
      table.insert(runs, shown)
      local c = string.sub(shown, 1, 23)
      if not seen[c] then
        seen[c] = true
        table.insert(classes, c)
        table.insert(classes, redis.call('HGET', key.classes(d), c))
      end
    end
  end
  return { runs, classes }
end)
`
