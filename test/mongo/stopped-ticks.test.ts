import { describe, expect, test } from 'vitest'
import { type Job, tickKey } from '../../src/model/job.ts'
import type { Run } from '../../src/model/run.ts'
import { aJob, aRun, aVersion } from '../builders.ts'
import { overAndRemoved, twoStores } from './stopped.ts'

const url = process.env.MONGO_TEST_URL

describe.skipIf(!url)('a scheduler that was stopped amid finishing a tick', () => {
  const stores = twoStores(url)

  async function decided(): Promise<{ job: Job; run: Run }> {
    const job = aJob({ due: { tick: 7, run_id: 'r', job_version: 1, skip: null } })
    await stores().other.jobs.insert(job, aVersion(job), null)
    return { job, run: aRun({ _id: 'r', tick_key: tickKey(job._id, 7), schedule_tick: 7 }, job) }
  }

  test.for([
    ['before it inserts the run', 'insert'],
    ['before the run begins', 'update'],
  ] as const)('%s does not make it again when others made it, and it was removed since', async ([, command]) => {
    const tick = await decided()
    const hold = stores().proxy.holdBack(command, 'job_runs')
    const late = stores().stopped.jobs.finishTicks([tick])
    await hold.held
    await stores().other.jobs.finishTicks([tick])
    expect(await overAndRemoved(stores().other, tick.run)).toBe(1)
    hold.letGo()
    await late
    expect(await stores().other.runs.get('r')).toBeNull()
    expect(await stores().other.runs.live(tick.job._id, 10)).toEqual([])
    expect(await stores().other.jobs.get(tick.job._id)).toMatchObject({ due: null })
  })

  test('before it strikes off the tick leaves a run that is not removed until that is done', async () => {
    const tick = await decided()
    const hold = stores().proxy.holdBack('update', 'job_definitions')
    const late = stores().stopped.jobs.finishTicks([tick])
    await hold.held
    expect(await overAndRemoved(stores().other, tick.run)).toBe(0)
    expect(await stores().other.jobs.finishTicks([tick])).toEqual([])
    expect(await stores().other.history.runs.endedBefore(null, 'prod', 10)).toEqual(['r'])
    hold.letGo()
    expect(await late).toEqual(['r'])
  })

  test('and died then leaves nothing that could begin: it is taken out by the next walk', async () => {
    const tick = await decided()
    const hold = stores().proxy.holdBack('insert', 'job_runs')
    const late = stores().stopped.jobs.finishTicks([tick])
    await hold.held
    await stores().other.jobs.finishTicks([tick])
    expect(await overAndRemoved(stores().other, tick.run)).toBe(1)
    // Its reading of the job waits until all is looked at.
    const reading = stores().proxy.holdBack('find', 'job_definitions')
    hold.letGo()
    await reading.held
    const all = () => stores().database.raw.collection('job_runs').countDocuments()
    expect(await all()).toBe(1)
    expect(await stores().other.runs.get('r')).toBeNull()
    expect(await stores().other.runs.waiting(Number.MAX_SAFE_INTEGER, null, 10)).toEqual([])
    await stores().other.jobs.withDue(null, 10)
    expect(await all()).toBe(0)
    reading.letGo()
    expect(await late).toEqual([])
  })
})
