import type { Buckets } from './figures.ts'
import { type Job, scheduleOf } from './job.ts'
import { countTicks, nextTick } from './schedule.ts'
import type { Millis } from './time.ts'

/**
 * Adds how many ticks of a job are planned to the bucket of each. Pure but for `counts`. Two steps for each bucket at most,
 * however often the job ticks.
 * @param counts as many as there are buckets
 */
export function addPlanned(counts: number[], job: Job, { from, until, width }: Buckets): void {
  const schedule = scheduleOf(job)
  // What is due and not decided yet is planned no more, or late: the next of its ticks count.
  let tick: Millis | null = job.next_run_at
  if (tick !== null && tick < from) tick = nextTick(schedule, job.created_at, from - 1)
  while (tick !== null && tick < until) {
    const at = Math.floor((tick - from) / width)
    const end = from + (at + 1) * width
    counts[at] = (counts[at] ?? 0) + countTicks(schedule, tick, end)
    tick = nextTick(schedule, job.created_at, end - 1)
  }
}
