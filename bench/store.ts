import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Job } from '../src/model/job.ts'
import type { Run } from '../src/model/run.ts'
import { afterAttempt, givenOut, started } from '../src/model/run-life.ts'
import type { Store } from '../src/ports/store.ts'
import { openStore } from '../src/stores/open.ts'
import { aDefinition, aJob, aRun, aVersion } from '../test/builders.ts'

/** The effects loop works in batches of this many. */
const settled = 500

/**
 * What a run costs in the store: insert, give-out, one move from dispatched to final, settle; through the port, each by a
 * call of its own, in groups as they gather in a turn of the event loop. Beside it a raw loop of prepared inserts on the same machine.
 * Usage: node bench/store.ts [runs] [group]
 */
const [runs, group] = [Number(process.argv[2] ?? 50_000), Number(process.argv[3] ?? 64)]

function told(what: string, count: number, ms: number): number {
  const each = (ms * 1000) / count
  console.log(
    `${what.padEnd(44)} ${Math.round((count / ms) * 1000)
      .toString()
      .padStart(8)}/s ${each.toFixed(1).padStart(7)} µs`,
  )
  return each
}

/** One prepared insert of a document, one index beside the key, committed in groups: what nothing can be below. */
function raw(path: string): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('CREATE TABLE runs (id TEXT PRIMARY KEY, doc TEXT)')
  const insert = db.prepare<[string, string]>('INSERT INTO runs VALUES (?, ?)')
  const made = Array.from({ length: runs }, () => aRun())
  const begin = performance.now()
  for (let at = 0; at < runs; at += group)
    db.transaction(() => {
      for (const run of made.slice(at, at + group)) insert.run(run._id, JSON.stringify(run))
    })()
  told('raw prepared insert of the document', runs, performance.now() - begin)
  db.close()
}

/** What steps took, added up over the waves. */
class Steps {
  readonly #spent = new Map<string, number>()

  async take<T>(name: string, act: () => Promise<T>): Promise<T> {
    const begin = performance.now()
    const answer = await act()
    this.#spent.set(name, (this.#spent.get(name) ?? 0) + performance.now() - begin)
    return answer
  }

  tell(title: string): void {
    console.log(title)
    const all = [...this.#spent].reduce((sum, [name, ms]) => sum + told(`  ${name}`, runs, ms), 0)
    console.log(`${'  a run in all'.padEnd(44)} ${' '.repeat(10)} ${all.toFixed(1).padStart(7)} µs`)
  }
}

/** Each by a call of its own, all in one turn of the event loop. */
const together = <T>(all: readonly T[], write: (one: T) => Promise<unknown>) => Promise.all(all.map(write))

const given = (run: Run) => {
  const change = givenOut(run, { session: 'session', worker_id: 'w1', slot: 0, grant: run._id })
  if (change === null) throw new Error('not given out')
  return change
}

const policy = { completion: aDefinition().completion, timeout: 0 }

function ended(run: Run) {
  const running = started(run, run.created_at + 5)
  const seen = { stdout_contains: [], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] }
  const cause = { cause: 'exit', returncode: 0, end_ts: run.created_at + 9, reason: '', seen } as const
  const output = { stdout: 'hello\n', stderr: '' }
  const change = running && afterAttempt(running, { ...cause, output }, policy, run.created_at + 9)
  if (!change) throw new Error('not ended')
  return { ...change, before: run }
}

async function jobsIn(store: Store): Promise<readonly Job[]> {
  const jobs = Array.from({ length: 100 }, (_, at) => aJob({}, { name: `job ${at}` }))
  await together(jobs, (job) => store.jobs.insert(job, aVersion(job), null))
  return jobs
}

/** One wave of runs, and the writes of its life. */
function aWave(jobs: readonly Job[], at: number) {
  const made = Array.from({ length: group }, (_, more) => aRun({}, jobs[(at + more) % jobs.length]))
  const out = made.map(given)
  return { made, out, done: out.map(({ after }) => ended(after)) }
}
type Wave = ReturnType<typeof aWave>

const insert = (store: Store, wave: Wave) => together(wave.made, (run) => store.runs.insert([run]))
const giveOut = (store: Store, wave: Wave) => together(wave.out, (change) => store.runs.giveOut([change]))
const end = (store: Store, wave: Wave) => together(wave.done, (change) => store.runs.move([change]))

/** As the effects loop does it: what is open is read, then settled, more at a time than a wave has. */
async function settle(store: Store, steps: Steps): Promise<void> {
  for (let found = 1; found > 0; )
    await steps.take('read what is open, settle', async () => {
      const open = await store.runs.withEffects(settled)
      found = open.length
      await store.runs.settle(open)
    })
}

/** Each step of a wave by itself: what each costs, a commit of its own included. */
async function stepwise(store: Store): Promise<void> {
  const [jobs, steps] = [await jobsIn(store), new Steps()]
  for (let at = 0; at < runs; at += group) {
    const wave = aWave(jobs, at)
    await steps.take('insert', () => insert(store, wave))
    await steps.take('give out', () => giveOut(store, wave))
    await steps.take('dispatched to final, with output', () => end(store, wave))
    if (at % settled < group) await settle(store, steps)
  }
  await settle(store, steps)
  steps.tell(`step by step, ${group} at a time`)
}

/** As a busy server has it: one turn inserts a wave, gives out the one before, ends the one before that: one commit. */
async function flowing(store: Store): Promise<void> {
  const [jobs, steps] = [await jobsIn(store), new Steps()]
  let [before, last]: (Wave | null)[] = [null, null]
  for (let at = 0; at < runs; at += group) {
    const wave = aWave(jobs, at)
    await steps.take('insert, give out and end, of three waves', () => {
      const turn: Promise<unknown>[] = [insert(store, wave)]
      if (before) turn.push(giveOut(store, before))
      if (last) turn.push(end(store, last))
      return Promise.all(turn)
    })
    ;[before, last] = [wave, before ?? null]
    if (at % settled < group) await settle(store, steps)
  }
  steps.tell(`flowing, ${group} at a time`)
}

const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
try {
  raw(join(folder, 'raw.db'))
  for (const way of [stepwise, flowing]) {
    const store = await openStore(`sqlite:${join(folder, way.name)}`)
    await way(store)
    await store.close()
  }
} finally {
  rmSync(folder, { recursive: true })
}
