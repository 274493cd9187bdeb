import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunChange } from '../../src/model/run.ts'
import { cancelled, givenOut } from '../../src/model/run-life.ts'
import type { Store } from '../../src/ports/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { aChunk, aJob, anEntry, aRun, aSession, aVersion, builtAt } from '../builders.ts'
import { TestDatabase } from './database.ts'
import { CuttableProxy } from './proxy.ts'

const url = process.env.MONGO_TEST_URL

describe.skipIf(!url)('a MongoDB whose answers are lost', () => {
  const database = new TestDatabase(url ?? '')
  let proxy: CuttableProxy
  let store: Store
  beforeEach(async () => {
    proxy = await CuttableProxy.open(url ?? '')
    store = await openStore(proxy.url, { database: database.name })
  })
  afterEach(async () => {
    proxy.comeBack()
    await store.close()
    await proxy.close()
    await database.clear()
  })
  afterAll(() => database.drop())

  /** What is answered although the server's first answer did not arrive. */
  async function lost<T>(command: string, collection: string, act: () => Promise<T>): Promise<T> {
    const isLost = proxy.loseAnswerTo(command, collection)
    const [answer] = await Promise.all([act(), isLost])
    return answer
  }

  const out = (run: ReturnType<typeof aRun>, grant: string): RunChange => {
    const change = givenOut(run, { session: 's', worker_id: 'w', slot: 0, grant })
    if (change === null) throw new Error('the run cannot be given out')
    return change
  }

  test('an insert is told as one; a repeat of it is told as a repeat', async () => {
    const runs = [aRun(), aRun()]
    const ids = runs.map(({ _id }) => _id)
    expect(await lost('insert', 'job_runs', () => store.runs.insert(runs))).toEqual(ids)
    expect(await lost('insert', 'job_runs', () => store.runs.insert([...runs, aRun()]))).toHaveLength(1)
    const job = aJob({ key: 'k' })
    const [version, other] = [aVersion(job), aJob({ key: 'k' })]
    expect(await lost('insert', 'job_definitions', () => store.jobs.insert(job, version, aRun({}, job)))).toBe(
      'inserted',
    )
    expect(await lost('insert', 'job_definitions', () => store.jobs.insert(job, version, null))).toBe('present')
    expect(await lost('insert', 'job_definitions', () => store.jobs.insert(other, aVersion(other), null))).toBe(
      'key_taken',
    )
    expect(await store.jobs.get(job._id)).toEqual(job)
  })

  test('a compare-and-set that won is told so, and one that had lost already is not', async () => {
    const run = aRun()
    await store.runs.insert([run])
    const change = out(run, 'g1')
    expect(await lost('update', 'job_runs', () => store.runs.giveOut([change]))).toEqual([change])
    expect(await store.runs.get(run._id)).toEqual(change.after)
    expect(await lost('update', 'job_runs', () => store.runs.giveOut([out(run, 'g2')]))).toEqual([])
    const end = cancelled(change.after, 'me', builtAt)
    if (end === null) throw new Error('the run cannot be cancelled')
    const move = { before: change.after, after: end, output: { stdout: 'hi', stderr: '' }, told: anEntry() }
    expect(await lost('update', 'job_runs', () => store.runs.move([move]))).toEqual([move])
    expect((await store.runs.withOutput(run._id))?.output.stdout).toBe('hi')
    const all = { domain: null, actor: null, object: null, since: null }
    expect(await store.audit.list(all, { limit: 9, after: null, oldestFirst: true })).toHaveLength(1)
  })

  test('an edit, a session, a log, a settled run and a token that ended stand as they are told', async () => {
    const [job, session] = [aJob(), aSession()]
    await store.jobs.insert(job, aVersion(job), null)
    const edited = { ...job, name: 'edited', version: 2, rev: 2 }
    const edit = () => store.jobs.replace(job, edited, aVersion(edited))
    expect(await lost('update', 'job_definitions', edit)).toBe(true)
    await lost('insert', 'sessions', () => store.workers.insertSession(session))
    const renewed = { ...session, hold_until: 9, rev: 2 }
    expect(await lost('update', 'sessions', () => store.workers.changeSession(session, renewed))).toBe(true)
    await lost('insert', 'log_chunks', () => store.logs.append([aChunk()]))
    expect(await store.logs.size('run')).toHaveLength(1)
    const run = aRun({ status: 'success', effects: [{ kind: 'totals' }], end_ts: builtAt }, job)
    await store.runs.insert([run])
    await lost('insert', 'job_totals', () => store.runs.settle([run]))
    expect(await store.jobs.figures([job._id], 0)).toMatchObject([{ total: 1, success: 1 }])
    const token = { _id: 't', name: 'ci', domain: 'prod', role: 'read', hash: 'h', created_at: 1 } as const
    const whole = { ...token, expires_at: null, last_used_at: null }
    expect(await lost('insert', 'tokens', () => store.domains.insertToken(whole))).toBe('inserted')
    const next = { ...whole, hash: 'i' }
    expect(await lost('update', 'tokens', () => store.domains.replaceToken(whole, next))).toBe(true)
    expect(await lost('findAndModify', 'tokens', () => store.domains.endToken('prod', 't'))).toEqual(next)
    expect(await store.domains.tokenByHash('i')).toBeNull()
  })

  test('a server that is away is an error that says so, for reads and for every kind of write; when it is back, all goes on', async () => {
    const run = aRun()
    await store.runs.insert([run])
    proxy.goAway()
    const job = aJob()
    const asked = [
      store.runs.get(run._id),
      store.runs.insert([aRun()]),
      store.runs.giveOut([out(run, 'g')]),
      store.jobs.insert(job, aVersion(job), null),
      store.logs.append([aChunk({ run_id: 'away' })]),
      store.domains.insertToken({
        _id: 't',
        name: 'ci',
        domain: 'prod',
        role: 'read',
        hash: 'h',
        created_at: 1,
        expires_at: null,
        last_used_at: null,
      }),
      store.check(),
    ]
    for (const answer of await Promise.allSettled(asked))
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE', status: 503 } })
    proxy.comeBack()
    await store.check()
    expect(await store.runs.get(run._id)).toEqual(run)
    expect(await store.jobs.get(job._id)).toBeNull()
  })
})

test('a MongoDB that is not there ends the start with a sentence', async () => {
  await expect(openStore('mongodb://127.0.0.1:1')).rejects.toThrow('No MongoDB server answers at 127.0.0.1:1')
})
