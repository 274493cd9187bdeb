import { describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/ports/store.ts'
import { aSession, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

export function workerTests(given: Given): void {
  describe('workers', () => {
    test("a worker's record is made once; the state that was set outlives its next registration", async () => {
      const { workers } = given.it()
      const made = { domain: 'prod', worker_id: 'w1', state: 'online', updated_at: 1 }
      expect(await workers.record('prod', 'w1', 'online', 1)).toEqual(made)
      expect(await workers.setState('prod', 'w1', 'draining', 2)).toEqual({ ...made, state: 'draining', updated_at: 2 })
      expect(await workers.record('prod', 'w1', 'online', 3)).toMatchObject({ state: 'draining', updated_at: 2 })
      expect(await workers.setState('prod', 'w2', 'disabled', 2)).toBeNull()
    })

    test('records are listed for all domains or one; an id is its domain’s', async () => {
      const { workers } = given.it()
      await workers.record('prod', 'w1', 'online', 1)
      await workers.record('dev', 'w1', 'disabled', 1)
      expect(await workers.records(null)).toHaveLength(2)
      expect(await workers.records('dev')).toEqual([
        { domain: 'dev', worker_id: 'w1', state: 'disabled', updated_at: 1 },
      ])
    })

    test('a session is read as it was inserted, and a repeat changes nothing', async () => {
      const session = aSession({ tags: ['gpu'] })
      await given.it().workers.insertSession(session)
      await given.it().workers.insertSession({ ...session, tags: [] })
      const { workers } = await given.reopened()
      expect(await workers.session(session._id)).toEqual(session)
      expect(await workers.session('none')).toBeNull()
    })

    test('of a verdict and a renewal on one reading, one wins', async () => {
      const { workers } = given.it()
      const session = aSession()
      await workers.insertSession(session)
      const lost = { ...session, state: 'lost', ended_at: 5, rev: 2 } as const
      const renewed = { ...session, hold_until: 9, rev: 2 }
      const won = await Promise.all([workers.changeSession(session, lost), workers.changeSession(session, renewed)])
      expect(won.toSorted()).toEqual([false, true])
      expect(await workers.session(session._id)).toEqual(won[0] ? lost : renewed)
    })

    test('live sessions are those neither lost nor ended', async () => {
      const { workers } = given.it()
      const [live, lost, ended] = [aSession(), aSession({ state: 'lost' }), aSession()]
      for (const session of [live, lost, ended]) await workers.insertSession(session)
      await workers.changeSession(ended, { ...ended, state: 'ended', rev: 2 })
      expect(await workers.liveSessions()).toEqual([live])
    })

    test('of a machine one sample a minute is kept, for an hour; those of a worker that tells no more are forgotten', async () => {
      const { workers } = given.it()
      const minute = 60_000
      const at = (minutes: number, load_average: number | null = minutes) => ({
        at: builtAt + minutes * minute,
        ...{ load_average, memory_free: 2 ** 31, memory_total: 2 ** 34 },
      })
      for (const sample of [at(0), at(1), at(59, 0.25), at(60, null)]) await workers.keepSample('prod', 'w1', sample)
      await workers.keepSample('prod', 'w1', { ...at(60), at: builtAt + 60 * minute + 1 })
      await workers.keepSample('dev', 'w1', at(7))
      const newest = { ...at(60), at: builtAt + 60 * minute + 1 }
      const samples = (minutes: number, domain = 'prod') => workers.samples(domain, 'w1', builtAt + minutes * minute)
      expect(await samples(60)).toEqual([at(1), at(59, 0.25), newest])
      expect(await samples(90)).toEqual([at(59, 0.25), newest])
      expect([await samples(150), await workers.samples('prod', 'none', builtAt)]).toEqual([[], []])
      expect(await samples(8, 'dev')).toEqual([at(7)])
      expect(await workers.forgetSamples(newest.at, 10)).toBe(1)
      expect([await samples(8, 'dev'), (await samples(60)).length]).toEqual([[], 3])
    })

    test('lost sessions are found by when they were lost; those that are long over are forgotten, live ones never', async () => {
      const { workers } = given.it()
      const lost = [1, 2, 3].map((ended_at) => aSession({ state: 'lost', ended_at }))
      const others = [aSession(), aSession({ state: 'ended', ended_at: 1 })]
      for (const session of [...lost, ...others]) await workers.insertSession(session)
      expect(await workers.lostSessions(2)).toEqual([lost[2], lost[1]])
      const [, , last = aSession()] = lost
      const followed = { ...last, followed: true, rev: 2 }
      expect(await workers.changeSession(last, followed)).toBe(true)
      expect(await workers.lostSessions(3)).toEqual([followed])
      expect(await workers.forgetSessions(3, 2)).toBe(2)
      expect(await workers.forgetSessions(3, 2)).toBe(1)
      expect(await workers.forgetSessions(3, 2)).toBe(0)
      expect(await workers.lostSessions(0)).toEqual([followed])
      expect(await workers.liveSessions()).toEqual([others[0]])
    })
  })
}

export function requestTests(given: Given): void {
  const aRecord = (record: Partial<RequestRecord> = {}): RequestRecord => ({
    _id: 'key',
    body_hash: 'body',
    ids: { job_id: 'j', run_id: 'r' },
    answer: null,
    created_at: builtAt,
    ...record,
  })

  describe('idempotency keys', () => {
    test('of two requests under one key, both are told the record of the first', async () => {
      const { requests } = given.it()
      const records = [aRecord(), aRecord({ ids: { job_id: 'k', run_id: 's' } })]
      const [one, two] = await Promise.all(records.map((record) => requests.begin(record)))
      expect(one).toEqual(two)
      expect(records).toContainEqual(one)
    })

    test('the answer is kept for repeats, also after a restart', async () => {
      await given.it().requests.begin(aRecord())
      await given.it().requests.finish('key', { status: 201, body: '{"ü":1}' })
      await given.it().requests.finish('none', { status: 201, body: '' })
      const { requests } = await given.reopened()
      expect(await requests.begin(aRecord())).toEqual(aRecord({ answer: { status: 201, body: '{"ü":1}' } }))
    })

    test('a record without an answer can be dropped; one with an answer stays', async () => {
      const { requests } = given.it()
      await requests.begin(aRecord())
      await requests.drop('key')
      const next = aRecord({ body_hash: 'mended' })
      expect(await requests.begin(next)).toEqual(next)
      await requests.finish('key', { status: 201, body: '{}' })
      await requests.drop('key')
      expect((await requests.begin(aRecord())).answer).toEqual({ status: 201, body: '{}' })
    })

    test('old records expire in batches', async () => {
      const { requests } = given.it()
      for (let at = 1; at <= 5; at++) await requests.begin(aRecord({ _id: `key ${at}`, created_at: at }))
      expect(await requests.expire(4, 2)).toBe(2)
      expect(await requests.expire(4, 2)).toBe(1)
      expect(await requests.expire(4, 2)).toBe(0)
      const again = aRecord({ _id: 'key 4', body_hash: 'other', created_at: 9 })
      expect((await requests.begin(again)).created_at).toBe(4)
      expect(await requests.begin(aRecord({ _id: 'key 3', created_at: 9 }))).toMatchObject({ created_at: 9 })
    })
  })

  describe('the store itself', () => {
    test('tells its time in ms, can be checked, and is closed twice without harm', async () => {
      const store = given.it()
      expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(60_000)
      await store.check()
      await store.close()
      await store.close()
      await expect(store.check()).rejects.toThrow()
    })

    test('what was being written when it was closed is there', async () => {
      const { requests, close } = given.it()
      const begun = requests.begin(aRecord())
      await close()
      await begun
      const reopened = await given.reopened()
      expect(await reopened.requests.begin(aRecord({ body_hash: 'other' }))).toEqual(aRecord())
    })
  })
}
