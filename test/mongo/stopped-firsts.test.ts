import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RunQuery } from '../../src/ports/store.ts'
import { firstId } from '../../src/stores/id-time.ts'
import { runDocument } from '../../src/stores/mongo/run-document.ts'
import { aJob, aRun, aVersion, builtAt } from '../builders.ts'
import { overAndRemoved, twoStores } from './stopped.ts'

const url = process.env.MONGO_TEST_URL
const everything: RunQuery = {
  ...{ domain: null, job_id: null, user: null, worker_id: null },
  ...{ status: null, since: null, until: null, q: null },
}

describe.skipIf(!url)('a scheduler that was stopped amid inserting a job and its first run', () => {
  const stores = twoStores(url)
  afterEach(() => void vi.useRealTimers())

  const submitted = () => {
    const job = aJob()
    return { job, version: aVersion(job), run: aRun({ _id: '0198cafe-r' }, job) }
  }

  /** Nothing is read or listed of the run, whatever is left of it. */
  async function isGone(run: { readonly _id: string; readonly job_id: string }): Promise<void> {
    const { runs } = stores().other
    expect(await runs.get(run._id)).toBeNull()
    expect(await runs.withOutput(run._id)).toBeNull()
    expect(await runs.live(run.job_id, 10)).toEqual([])
    for (const query of [{}, { job_id: run.job_id }, { domain: 'prod' }, { user: 'default' }, { q: '0198cafe' }])
      for (const oldestFirst of [true, false])
        expect(await runs.list({ ...everything, ...query }, { after: null, limit: 10, oldestFirst }, 10)).toEqual([])
  }

  test('does not insert the run again when others did, and it was removed since; it is told so', async () => {
    const { stopped, other, proxy, database } = stores()
    const { job, version, run } = submitted()
    const usedUp = database.raw.collection<{ _id: string; tick_key: string; stage: string }>('job_runs')
    const ago = (days: number) => `${firstId(Date.now() - days * 86_400_000)}-7000-r`
    const [old, young] = [ago(31), ago(29)]
    await usedUp.insertMany([old, young].map((_id) => ({ _id, tick_key: `run:${_id}`, stage: 'used' })))
    const hold = proxy.holdBack('insert', 'job_runs')
    const late = stopped.jobs.insert(job, version, run)
    await hold.held
    await other.jobs.withDue(null, 10)
    expect(await overAndRemoved(other, run)).toBe(1)
    await isGone(run)
    // An id that was used up a month ago goes with the next one.
    expect((await usedUp.find().toArray()).map(({ _id }) => _id).sort()).toEqual([run._id, young].sort())
    hold.letGo()
    expect(await late).toBe('overtaken')
    await isGone(run)
    await other.jobs.withDue(null, 10)
    await isGone(run)
  })

  test('leaves a run that is not removed until it is struck off the job', async () => {
    const { stopped, other, proxy } = stores()
    const { job, version, run } = submitted()
    const hold = proxy.holdBack('update', 'job_definitions')
    expect(await stopped.jobs.insert(job, version, run)).toBe('inserted')
    await hold.held
    expect(await overAndRemoved(other, run)).toBe(0)
    expect(await other.history.runs.endedBefore(null, 'prod', 10)).toEqual([])
    await other.jobs.withDue(null, 10)
    expect(await other.history.runs.endedBefore(null, 'prod', 10)).toEqual([run._id])
    hold.letGo()
  })

  test('as its rescuer was, inserts nothing again either', async () => {
    const { stopped, other, proxy, database } = stores()
    const { job, version, run } = submitted()
    await other.jobs.insert(job, version, null)
    const left = { $set: { first: runDocument(run), open: 1 } }
    await database.raw.collection<{ _id: string }>('job_definitions').updateOne({ _id: job._id }, left)
    const hold = proxy.holdBack('insert', 'job_runs')
    const late = stopped.jobs.withDue(null, 10)
    await hold.held
    await other.jobs.withDue(null, 10)
    expect(await overAndRemoved(other, run)).toBe(1)
    hold.letGo()
    await late
    await isGone(run)
  })

  test('is left three seconds by others, for as long it may just be at it', async () => {
    const { stopped, other, proxy } = stores()
    const { job, version, run } = submitted()
    const hold = proxy.holdBack('insert', 'job_runs')
    const late = stopped.jobs.insert(job, version, run)
    await hold.held
    vi.useFakeTimers({ toFake: ['Date'], now: builtAt + 2999 })
    await other.jobs.withDue(null, 10)
    expect(await other.runs.get(run._id)).toBeNull()
    vi.setSystemTime(builtAt + 3000)
    await other.jobs.withDue(null, 10)
    expect(await other.runs.get(run._id)).toEqual(run)
    hold.letGo()
    expect(await late).toBe('overtaken')
  })
})
