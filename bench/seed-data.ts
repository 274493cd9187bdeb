import { UUID } from 'uuidv7'
import type { Domain } from '../src/model/domain.ts'
import { type Job, type JobDefinition, type JobVersion, JobDefinition as Parsed } from '../src/model/job.ts'
import type { Run, RunOutput } from '../src/model/run.ts'
import { newRun } from '../src/model/run.ts'
import { afterAttempt, cancelled, givenOut, started } from '../src/model/run-life.ts'

/** What a seeded store holds: how much, over how long, and until when. */
export interface SeedPlan {
  readonly jobs: number
  readonly runs: number
  /** Runs that wait and fit no worker, besides. */
  readonly pending: number
  readonly days: number
  /** The moment that the history ends at, ms. */
  readonly until: number
}

export const seedDomains: readonly Omit<Domain, 'created_at'>[] = ['prod', 'payments', 'search', 'ml', 'ops'].map(
  (domain) => ({ domain, display_name: null, description: null }),
)
/** The domain that most is in, and one that is small. */
const shares = [0.6, 0.2, 0.1, 0.09, 0.01]
export const seedUsers = Array.from({ length: 40 }, (_, at) => `user-${at}`)
export const seedWorkers = Array.from({ length: 30 }, (_, at) => `worker-${at}`)
const queues = ['default', 'default', 'default', 'batch', 'gpu']
const words = [
  'backup',
  'report',
  'sync',
  'import',
  'export',
  'cleanup',
  'index',
  'mail',
  'invoice',
  'train',
  'Prüfung',
]

const day = 86_400_000

/** The same numbers for the same seed: mulberry32, 32 bits of state. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** An id of a moment, as `newId` would have made it then. */
export const idAt = (at: number, random: number): string =>
  UUID.fromFieldsV7(at, random >>> 20, random & 0xfffff, random).toString()

const pick = <T>(list: readonly T[], roll: number): T => {
  const found = list[Math.floor(roll * list.length)]
  if (found === undefined) throw new Error('an empty list')
  return found
}

function domainFor(roll: number): string {
  let [at, left] = [0, roll]
  while (left > (shares[at] ?? 1)) left -= shares[at++] ?? 1
  return seedDomains[at]?.domain ?? 'prod'
}

/** Definitions as the API parses them, one of each kind; a job differs from them in name, user, queue and priority. */
function definitions(until: number): readonly JobDefinition[] {
  const later = new Date(until + 400 * day).toISOString()
  const schedules = [
    { mode: 'immediate' },
    { mode: 'immediate', enabled: false },
    { mode: 'interval', interval_seconds: 86_400, start_at: later },
    { mode: 'interval', interval_seconds: 3600, enabled: false },
    { mode: 'cron', cron: '0 3 * * *', timezone: 'Europe/Berlin' },
  ]
  return schedules.map((schedule) =>
    Parsed.parse({
      name: 'seeded',
      executor: { type: 'shell', script: 'set -e\ncd /srv/data\n./work.sh --all "$HYDRA_RUN_ID"\necho done' },
      completion: { stdout_contains: ['done'] },
      affinity: { os: ['linux'] },
      schedule,
    }),
  )
}

/** The jobs of a plan, oldest first; all are older than the first run. */
export function* seedJobs(plan: SeedPlan): Generator<{ job: Job; version: JobVersion }> {
  const roll = dice(1)
  const kinds = definitions(plan.until)
  const first = plan.until - 2 * plan.days * day
  for (let at = 0; at < plan.jobs; at += 1) {
    const created_at = Math.floor(first + (at / plan.jobs) * plan.days * day)
    const priority = Math.floor(roll() * 20) - 5
    const [kind, user] = [pick(kinds, roll()), pick(seedUsers, roll())]
    const definition = { ...kind, name: `${pick(words, roll())}-${at}`, user, priority, queue: pick(queues, roll()) }
    const { schedule, ...defined } = definition
    const isPlanned = schedule.mode !== 'immediate' && schedule.enabled
    const job: Job = {
      _id: idAt(created_at, Math.floor(roll() * 2 ** 32)),
      domain: domainFor(roll()),
      ...defined,
      schedules: [{ ...schedule, id: 'main' }],
      // Far ahead: nothing becomes due while a measurement runs.
      next_run_at: isPlanned ? plan.until + 30 * day + Math.floor(roll() * day) : null,
      ...{ last_tick: null, last_skip: null, due: null, effects: [], retry: null, limits: null, deleted_at: null },
      ...{ version: 1, rev: 1, created_at, updated_at: Math.floor(created_at + roll() * plan.days * day) },
      updated_by: 'seed',
    }
    yield { job, version: { job_id: job._id, version: 1, definition, created_at, actor: 'seed' } }
  }
}

export interface SeededRun {
  readonly run: Run
  readonly output: RunOutput
}

/** Most jobs run now and then; a few run all the time: every second run is of one of the first hundredth. */
const jobFor = <T>(jobs: readonly T[], roll: () => number): T =>
  pick(jobs, roll() < 0.5 ? (roll() ** 3 * Math.ceil(jobs.length / 100)) / jobs.length : roll())

/** A time with a long tail, ms: the median, and a factor for one standard deviation. */
const longTailed = (median: number, spread: number, roll: () => number): number =>
  Math.round(median * spread ** (roll() + roll() + roll() + roll() + roll() + roll() - 3))

/** The final runs of a plan, oldest first, each brought there by the transitions of the model, its effects done. */
export function* seedRuns(
  plan: SeedPlan,
  jobs: readonly { readonly job: Job; readonly version: JobVersion }[],
): Generator<SeededRun> {
  const roll = dice(2)
  const first = plan.until - plan.days * day
  for (let at = 0; at < plan.runs; at += 1) {
    const now = Math.floor(first + ((at + roll()) / plan.runs) * plan.days * day)
    const { job, version } = jobFor(jobs, roll)
    const run_id = idAt(now, Math.floor(roll() * 2 ** 32))
    // Runs of a plan are of its ticks; one in two hundred is late.
    const isTick = job.schedules[0].mode !== 'immediate'
    const occasion = isTick
      ? { run_id, trigger: 'schedule' as const, tick: now, now: now + (at % 200 === 0 ? 5000 : 5) }
      : { run_id, trigger: 'manual_run' as const, tick: null, now }
    yield ended(newRun(job, version, occasion), version, roll)
  }
}

/** Runs that wait for a worker that is not there. */
export function* seedPending(
  plan: SeedPlan,
  jobs: readonly { readonly job: Job; readonly version: JobVersion }[],
): Generator<Run> {
  const roll = dice(3)
  for (let at = 0; at < plan.pending; at += 1) {
    const { job, version } = jobFor(jobs, roll)
    const now = plan.until - plan.pending + at
    const run = newRun(job, version, { run_id: idAt(now, at), trigger: 'manual_run', tick: null, now })
    yield { ...run, queue: 'nobody' }
  }
}

const lines = 'reading /srv/data\n1200 rows are new\ndone\n'

function ended(pending: Run, { definition }: JobVersion, roll: () => number): SeededRun {
  const fate = roll()
  const begun = pending.created_at + longTailed(40, 3, roll)
  if (fate < 0.02) return settled(cancelled(pending, 'an operator', begun), '')
  const worker_id = pick(seedWorkers, roll())
  const out = givenOut(pending, { session: 'seeded', worker_id, slot: 0, grant: 'seeded' })
  const running = out && started(out.after, begun)
  if (running === null) throw new Error('a seeded run did not start')
  const isOk = fate < 0.92
  const stdout = fate < 0.2 ? lines.repeat(fate < 0.04 ? 100 : 3) : ''
  const seen = { stdout_contains: [isOk], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] }
  const end = { returncode: isOk || fate > 0.98 ? 0 : 1, end_ts: begun + longTailed(2000, 4, roll), reason: '', seen }
  const cause = fate > 0.98 ? ('timeout' as const) : ('exit' as const)
  const policy = { completion: definition.completion, timeout: 60 }
  const change = afterAttempt(running, { ...end, cause, output: { stdout, stderr: '' } }, policy, end.end_ts)
  return settled(change?.after ?? null, stdout)
}

function settled(run: Run | null, stdout: string): SeededRun {
  if (run === null) throw new Error('a seeded run did not end')
  return { run: { ...run, effects: [], rev: run.rev + 1 }, output: { stdout, stderr: '' } }
}
