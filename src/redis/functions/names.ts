/**
 * What every function rests on: the names of a domain's keys, and how a function is registered. The contract's keys come
 * first; those after them are the queue's own. `d` is the domain, on Redis Cluster with its braces; ids hold no colon.
 */
export const names = `
local key = {
  -- run id -> score (1000 - priority) * 2^42 + due ms: what waits, first out first
  pending = function(d) return 'job_queue:' .. d .. ':pending' end,
  -- run ids: the worker's own queue, given and not claimed
  queue = function(d, w) return 'job_queue:' .. d .. ':' .. w end,
  worker = function(d, w) return 'workers:' .. d .. ':' .. w end,
  heartbeats = function(d) return 'worker_heartbeats:' .. d end,
  running = function(d, r) return 'job_running:' .. d .. ':' .. r end,
  -- letters of a worker to the schedulers, and of the schedulers to a worker: streams with one field, m
  reports = function(d, w) return 'reports:' .. d .. ':' .. w end,
  inbox = function(d, w) return 'inbox:' .. d .. ':' .. w end,
  running_set = function(d, w) return 'worker_running_set:' .. d .. ':' .. w end,

  -- run id -> class id (23 characters) and what is shown of the run, JSON: what waits or is reserved out of the queue
  waiting = function(d) return 'job_waiting:' .. d end,
  -- run id -> ms when it was reserved
  reserved = function(d) return 'job_reserved:' .. d end,
  -- run id -> score|worker|session|slot|mark; the score is empty for a run that never was in the queue
  reservations = function(d) return 'job_reservations:' .. d end,
  grant = function(d, r) return 'job_grant:' .. d .. ':' .. r end,

  -- class id -> requirement, JSON: runs of one class fit the same workers
  classes = function(d) return 'job_classes:' .. d end,
  -- class id -> how many runs of it wait or are reserved out of the queue; at 0 the class is dropped
  class_runs = function(d) return 'job_class_runs:' .. d end,
  -- run id -> score: the class's part of the queue
  class = function(d, c) return 'job_class:' .. d .. ':' .. c end,
  -- the kinds of workers that fit the class
  class_kinds = function(d, c) return 'job_class_kinds:' .. d .. ':' .. c end,

  -- kind id -> facts, JSON: workers of one kind fit the same classes. By letter: m (without host and address), p (with)
  kinds = function(d, letter) return 'worker_kinds:' .. d .. ':' .. letter end,
  -- a mark that changes with the set of kinds
  kinds_version = function(d, letter) return 'worker_kinds_version:' .. d .. ':' .. letter end,
  kind_workers = function(d, k) return 'worker_kind:' .. d .. ':' .. k end,
  -- worker id -> load: those of the kind that have a free slot
  kind_free = function(d, k) return 'worker_kind_free:' .. d .. ':' .. k end,
  -- class id -> score of its head, inf while none of its runs waits: the classes that fit the kind
  kind_heads = function(d, k) return 'worker_kind_heads:' .. d .. ':' .. k end,
  -- kind id -> ms: kinds whose classes are still being looked for
  unlinked = function(d) return 'worker_kinds_unlinked:' .. d end,
  -- kinds without workers, whose links are still to be removed
  dropped = function(d) return 'worker_kinds_dropped:' .. d end,
  -- kind id -> score of its best head: the kinds with a free slot and something for it
  ready = function(d) return 'job_ready:' .. d end,

  -- run id -> slot number: reserved and taken
  slots = function(d, w) return 'worker_slots:' .. d .. ':' .. w end,
  -- run id -> token|job id|user: taken
  taken = function(d, w) return 'worker_taken:' .. d .. ':' .. w end,
  -- run ids: what an admission that is under way has said so far
  seated = function(d, w) return 'worker_seated:' .. d .. ':' .. w end,
  -- session|ms: the session that is refused, since when
  blocked = function(d, w) return 'worker_blocked:' .. d .. ':' .. w end,
  -- gone when the domain's keys were lost
  mark = function(d) return 'queue_mark:' .. d end,
}

-- Says that something can be given out, to the schedulers; origin is the one that knows already.
local function tell_work(d, origin)
  if redis.call('EXISTS', key.ready(d)) == 1 then
    redis.call('PUBLISH', 'hydra:work', origin .. ' ' .. d)
  end
end

-- Wakes who waits for the worker's own queue.
local function tell_worker(d, w)
  redis.call('PUBLISH', key.queue(d, w), '')
end

local function register(name, flags, body)
  redis.register_function{
    function_name = 'hydra_' .. name,
    flags = flags,
    callback = function(keys, args)
      local d = keys[1] and string.match(keys[1], '^job_queue:(.+):pending$')
      if not d then
        return redis.error_reply('ERR the first key of hydra_' .. name .. ' must be job_queue:<domain>:pending')
      end
      return body(d, args)
    end,
  }
end
`
