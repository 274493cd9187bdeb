import { writeSync } from 'node:fs'
import { aChunk, aJob, aRun, aVersion } from '../../../test/builders.ts'
import type { Run, RunStatus } from '../../model/run.ts'
import { openStore } from '../open.ts'

/**
 * Writes to the store in a folder until it is killed, and tells on stdout, one line each, what was acknowledged:
 * `run ID REV` for a run's newest write, `chunk RUN SEQ` for a chunk, `settled JOB COUNT`.
 * Usage: node kill.fixture.ts URL SEED
 */
const [url = '', seed = '1'] = process.argv.slice(2)
const store = await openStore(url)

/** Mulberry32: the same seed, the same choices. */
let state = Number(seed)
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

// Written at once and unbuffered: a word that is not out when the process dies was never said.
const tell = (line: string) => writeSync(1, `${line}\n`)

async function live(run: Run): Promise<void> {
  const step = async (before: Run, status: RunStatus, more: Partial<Run> = {}) => {
    const after = { ...before, ...more, status, rev: before.rev + 1 }
    await store.runs.move([{ before, after, output: { stdout: `rev ${after.rev}`, stderr: '' } }])
    tell(`run ${after._id} ${after.rev}`)
    return after
  }
  await store.runs.insert([run])
  tell(`run ${run._id} ${run.rev}`)
  const running = await step(run, 'running', { session: 's', start_ts: 1 })
  for (let seq = 1; seq <= 1 + random() * 3; seq++) {
    await store.logs.append([aChunk({ run_id: run._id, seq, text: 'x'.repeat(random() * 20_000) })])
    tell(`chunk ${run._id} ${seq}`)
  }
  const done = await step(running, 'success', { session: null, end_ts: 2, effects: [{ kind: 'totals' }] })
  if (random() < 0.5) return
  await store.runs.settle([done])
  tell(`run ${done._id} ${done.rev + 1}`)
}

const job = aJob()
await store.jobs.insert(job, aVersion(job), null)
tell(`job ${job._id}`)
for (;;) await Promise.all(Array.from({ length: 1 + random() * 40 }, () => live(aRun({}, job))))
