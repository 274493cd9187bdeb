/** What workers and schedulers tell each other besides grants: letters in two streams per worker. */
export const mail = `
-- hydra_report: a worker says something to the control plane: whichever scheduler looks first reads it.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, letter (JSON, docs/worker-protocol.md)
-- Tells schedulers on the channel hydra:reports: <domain> <worker id>.
-- Invariant: a letter is read once, or lost with the scheduler that read it: who gets no answer sends it again. At most 8
-- letters of a worker lie unread, for a minute; the oldest goes.
register('report', { 'allow-oom' }, function(d, a)
  redis.call('XADD', key.reports(d, a[1]), 'MAXLEN', 8, '*', 'm', a[2])
  redis.call('EXPIRE', key.reports(d, a[1]), 60)
  redis.call('PUBLISH', 'hydra:reports', d .. ' ' .. a[1])
  return 'OK'
end)

-- hydra_take_reports: the oldest letters of a worker, taken out.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, at most how many
-- Gives, per letter: how long ago it came (ms, rounded down), the letter. Invariant: as hydra_report's: of several schedulers that look,
-- one gets it.
register('take_reports', { 'allow-oom' }, function(d, a)
  local k, letters, now = key.reports(d, a[1]), {}, redis.call('TIME')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  for _, entry in ipairs(redis.call('XRANGE', k, '-', '+', 'COUNT', a[2])) do
    table.insert(letters, string.format('%.0f', math.max(0, ms - string.match(entry[1], '^%d+') - 1)))
    table.insert(letters, entry[2][2])
    redis.call('XDEL', k, entry[1])
  end
  if redis.call('XLEN', k) == 0 then redis.call('DEL', k) end
  return letters
end)

-- hydra_answer: the control plane says something to a worker: the answer to a letter, or that a run is to be cancelled.
-- KEYS  job_queue:<domain>:pending
-- ARGV  worker id, letter (JSON)
-- Tells the worker on the channel inbox:<domain>:<worker_id>; the newest 64 letters stay in the stream of that name, for an hour.
-- Invariant: a letter lies in the stream before it is told of, and a stream that nobody reads ends by itself.
register('answer', { 'allow-oom' }, function(d, a)
  local k = key.inbox(d, a[1])
  redis.call('XADD', k, 'MAXLEN', 64, '*', 'm', a[2])
  redis.call('EXPIRE', k, 3600)
  redis.call('PUBLISH', k, '')
  return 'OK'
end)
`
