/**
 * Who could get what: heads of classes, kinds of workers, loads and slots. Three invariants are kept by these alone:
 *
 * - `kind_heads` has a class exactly when it fits the kind, with the score of the class's head, or inf;
 * - `kind_free` has a worker exactly when it is online and has a free slot, with its load;
 * - `ready` has a kind exactly when it is linked, has a free worker and a head below inf, with that head's score.
 *
 * So the best run for any free slot is two looks at the top of a sorted set, however many runs and classes wait.
 */
export const heads = `
local function is_linked(d, k)
  return redis.call('ZSCORE', key.unlinked(d), k) == false
end

-- The kind's best head, or whether it has a free worker, may have changed.
local function refresh_kind(d, k)
  local score = redis.call('EXISTS', key.kind_free(d, k)) == 1
    and redis.call('ZRANGE', key.kind_heads(d, k), 0, 0, 'WITHSCORES')[2]
  if score and score ~= 'inf' and is_linked(d, k) then
    redis.call('ZADD', key.ready(d), score, k)
  else
    redis.call('ZREM', key.ready(d), k)
  end
end

local function head_score(d, c)
  return redis.call('ZRANGE', key.class(d, c), 0, 0, 'WITHSCORES')[2] or 'inf'
end

-- The head of the class is no more the one of the score before (inf: it had none).
local function refresh_head(d, c, before)
  local score = head_score(d, c)
  if score == before then return end
  for _, k in ipairs(redis.call('SMEMBERS', key.class_kinds(d, c))) do
    redis.call('ZADD', key.kind_heads(d, k), score, c)
    local best = redis.call('ZSCORE', key.ready(d), k)
    -- Where another class leads the kind, and still does, nothing changes for it.
    if not best or best == before or tonumber(score) < tonumber(best) then refresh_kind(d, k) end
  end
end

-- A run of the class left it for good; before: the score of the head that the class had with it.
local function leave_class(d, c, before)
  if redis.call('HINCRBY', key.class_runs(d), c, -1) > 0 then return refresh_head(d, c, before) end
  for _, k in ipairs(redis.call('SMEMBERS', key.class_kinds(d, c))) do
    redis.call('ZREM', key.kind_heads(d, k), c)
    if before ~= 'inf' and redis.call('ZSCORE', key.ready(d), k) == before then refresh_kind(d, k) end
  end
  redis.call('DEL', key.class_kinds(d, c))
  redis.call('HDEL', key.class_runs(d), c)
  redis.call('HDEL', key.classes(d), c)
end

local function class_of(d, r)
  local known = redis.call('HGET', key.waiting(d), r)
  return known and string.sub(known, 1, 23)
end

-- Takes a run out of the queue; its class goes with its last run.
local function unqueue(d, r)
  if redis.call('ZREM', key.pending(d), r) == 0 then return false end
  local c = class_of(d, r)
  redis.call('HDEL', key.waiting(d), r)
  local before = head_score(d, c)
  redis.call('ZREM', key.class(d, c), r)
  leave_class(d, c, before)
  return true
end

-- The slots or the state of a worker may have changed. Least loaded first: running / max, then running.
local function refresh_worker(d, w)
  local of = redis.call('HMGET', key.worker(d, w), 'max_concurrency', 'state', 'kind_m', 'kind_p')
  if not of[3] then return end
  local used, most = redis.call('ZCARD', key.slots(d, w)), tonumber(of[1])
  for _, k in ipairs({ of[3], of[4] }) do
    local free = key.kind_free(d, k)
    if of[2] == 'online' and used < most then
      -- Two fractions of numbers up to 10,000 differ by more than a hundred-millionth, the second term stays below that.
      local is_new = redis.call('ZADD', free, string.format('%.17g', used / most + used * 1e-13), w) == 1
      if is_new and redis.call('ZCARD', free) == 1 then refresh_kind(d, k) end
    elseif redis.call('ZREM', free, w) == 1 and redis.call('EXISTS', free) == 0 then
      redis.call('ZREM', key.ready(d), k)
    end
  end
end

-- The least loaded worker with a free slot among these kinds, or false.
local function least_loaded(d, kinds)
  local linking = redis.call('EXISTS', key.unlinked(d)) == 1
  local best, least = false, math.huge
  for _, k in ipairs(kinds) do
    if not linking or is_linked(d, k) then
      local top = redis.call('ZRANGE', key.kind_free(d, k), 0, 0, 'WITHSCORES')
      if top[1] and tonumber(top[2]) < least then best, least = top[1], tonumber(top[2]) end
    end
  end
  return best
end

-- The lowest slot number that is not used. Up to it every number is, so it is found by halving; mostly it is the next one.
local function lowest_slot(d, w)
  local slots = key.slots(d, w)
  local low, high = 0, redis.call('ZCARD', slots)
  if redis.call('ZCOUNT', slots, 0, high - 1) == high then low = high end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if redis.call('ZCOUNT', slots, 0, middle) > middle then low = middle + 1 else high = middle end
  end
  while redis.call('ZCOUNT', slots, low, low) > 0 do low = low + 1 end
  return low
end

-- A slot of the worker for the run; the score is empty for one that does not come out of the queue.
local function reserve_slot(d, r, w, score, now, mark)
  local session, slot = redis.call('HGET', key.worker(d, w), 'session'), lowest_slot(d, w)
  redis.call('ZADD', key.slots(d, w), slot, r)
  redis.call('ZADD', key.reserved(d), now, r)
  redis.call('HSET', key.reservations(d), r, table.concat({ score, w, session, slot, mark }, '|'))
  refresh_worker(d, w)
  return session, slot
end

-- The run's reservation, if it is the one with this mark (any, where none is given).
local function reservation(d, r, mark)
  local held = redis.call('HGET', key.reservations(d), r)
  if not held then return nil end
  local score, w, session, slot, its_mark = string.match(held, '^(.-)|(.-)|(.-)|(.-)|(.*)$')
  if mark and mark ~= its_mark then return nil end
  return { score = score, worker = w, session = session, slot = slot }
end

local function forget_reservation(d, r)
  redis.call('ZREM', key.reserved(d), r)
  redis.call('HDEL', key.reservations(d), r)
end

-- Frees a reservation, and queues its run again or forgets it. A run that never was in the queue is forgotten.
local function end_reservation(d, r, held, again)
  forget_reservation(d, r)
  local w = held.worker
  if redis.call('HGET', key.worker(d, w), 'session') == held.session
    and redis.call('HEXISTS', key.taken(d, w), r) == 0 then
    redis.call('ZREM', key.slots(d, w), r)
    refresh_worker(d, w)
  end
  if held.score == '' then return end
  local c = class_of(d, r)
  if again then
    local before = head_score(d, c)
    redis.call('ZADD', key.pending(d), held.score, r)
    redis.call('ZADD', key.class(d, c), held.score, r)
    refresh_head(d, c, before)
  else
    redis.call('HDEL', key.waiting(d), r)
    leave_class(d, c, head_score(d, c))
  end
end

local function is_known(d, r)
  return redis.call('HEXISTS', key.waiting(d), r) == 1 or redis.call('HEXISTS', key.reservations(d), r) == 1
end
`
