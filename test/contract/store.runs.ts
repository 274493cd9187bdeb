import { describe, expect, test } from 'vitest'
import type { Run, RunChange } from '../../src/model/run.ts'
import { givenOut } from '../../src/model/run-life.ts'
import { newId } from '../../src/runtime/ids.ts'
import { aJob, aRun } from '../builders.ts'
import type { Given } from './store.given.ts'

const ids = (runs: readonly Run[]) => runs.map(({ _id }) => _id)

function out(run: Run, grant = newId(), session = 's1'): RunChange {
  const change = givenOut(run, { session, worker_id: 'w1', slot: 0, grant })
  if (change === null) throw new Error('the run cannot be given out')
  return change
}

const changed = (before: Run, change: Partial<Run>, output: RunChange['output'] = null): RunChange => ({
  before,
  after: { ...before, ...change, rev: before.rev + 1 },
  output,
})

const ended = (before: Run, status: Run['status'] = 'success'): RunChange =>
  changed(before, { status, session: null, grant: null, start_ts: 5, end_ts: 6, effects: [{ kind: 'totals' }] })

export function runTests(given: Given): void {
  const stored = async (...runs: readonly Run[]) => {
    expect(await given.it().runs.insert(runs)).toHaveLength(runs.length)
  }

  describe('runs', () => {
    test('inserted runs are there, also after a restart', async () => {
      const [one, other] = [aRun(), aRun({ status: 'retrying', hold: { kind: 'overlap', of: 'x' } })]
      await stored(one, other)
      const { runs } = await given.reopened()
      expect(await runs.get(one._id)).toEqual(one)
      expect(await runs.byIds([other._id, 'none', one._id])).toEqual([other, one])
      expect(await runs.get('none')).toBeNull()
      expect(await runs.withOutput('none')).toBeNull()
    })

    test('a run whose id is there is passed over and stays as it is', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const next = aRun()
      expect(await runs.insert([{ ...run, priority: 9 }, next])).toEqual([next._id])
      expect(await runs.get(run._id)).toEqual(run)
    })

    test('of the retries of a run the newest is found, and what it alone has otherwise is kept', async () => {
      const first = aRun({ changes: { timeout: 5, executor: { type: 'shell', env: { 'A.b': '$x', C: null } } } })
      const retries = [aRun({ retry_of: first._id }), aRun({ retry_of: first._id })]
      const [, newest] = retries
      const again = aRun({ retry_of: newest?._id ?? '' })
      await stored(first, ...retries, again)
      const { runs } = await given.reopened()
      expect(await runs.retries([first._id, again._id, 'none', newest?._id ?? ''])).toEqual(
        new Map([
          [first._id, newest?._id],
          [newest?._id, again._id],
        ]),
      )
      expect(await runs.byIds([first._id, again._id])).toEqual([first, again])
      await runs.giveOut([out(again)])
      expect(await runs.get(again._id)).toMatchObject({ status: 'dispatched', retry_of: newest?._id })
    })

    test('a tick has one run, whoever makes it', async () => {
      const { runs } = given.it()
      const tick_key = 'job:main:5'
      const [one, two] = await Promise.all([runs.insert([aRun({ tick_key })]), runs.insert([aRun({ tick_key })])])
      expect([...one, ...two]).toHaveLength(1)
      expect(await runs.insert([aRun({ tick_key }), aRun({ tick_key: 'job:main:6' })])).toHaveLength(1)
    })

    test('output is kept beside the run, replaced by the newest, and left alone by a change without', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      expect(await runs.withOutput(run._id)).toEqual({ run, output: { stdout: '', stderr: '' } })
      const first = changed(run, {}, { stdout: 'ü\0\n', stderr: 'x'.repeat(65_536) })
      await runs.move([first])
      expect(await runs.withOutput(run._id)).toEqual({ run: first.after, output: first.output })
      const second = changed(first.after, { priority: 1 })
      await runs.move([second])
      expect((await runs.withOutput(run._id))?.output).toEqual(first.output)
      await runs.move([changed(second.after, {}, { stdout: '', stderr: '' })])
      expect((await runs.withOutput(run._id))?.output).toEqual({ stdout: '', stderr: '' })
    })
  })

  describe('giving out', () => {
    test('of two that give a run out, one wins, and the run carries its grant', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const [left, right] = [out(run), out(run)]
      const [one, two] = await Promise.all([runs.giveOut([left]), runs.giveOut([right])])
      const won = [...one, ...two]
      expect(won).toHaveLength(1)
      expect(await runs.get(run._id)).toEqual(won[0]?.after)
    })

    test('a repeat after a lost answer reads its own grant, and has won', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const change = out(run)
      expect(await runs.giveOut([change])).toEqual([change])
      expect(await runs.giveOut([change])).toEqual([change])
      expect(await runs.giveOut([out(run)])).toEqual([])
    })

    test('a batch is given out one by one: what was cancelled meanwhile is not among the winners', async () => {
      const { runs } = given.it()
      const all = [aRun(), aRun(), aRun()]
      await stored(...all)
      const changes = all.map((run) => out(run))
      if (all[1]) await runs.move([ended(all[1], 'cancelled')])
      expect(await runs.giveOut(changes)).toEqual([changes[0], changes[2]])
      expect(await runs.giveOut([out(aRun())])).toEqual([])
    })
  })

  describe('moves', () => {
    test('of a report and a verdict on one reading, one wins, and its output alone is kept', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const changes = ['success', 'failed'].map((status) => ({
        ...ended(run, status === 'success' ? 'success' : 'failed'),
        output: { stdout: status, stderr: '' },
      }))
      const won = (await Promise.all(changes.map((change) => runs.move([change])))).flat()
      expect(won).toHaveLength(1)
      expect(await runs.withOutput(run._id)).toEqual({ run: won[0]?.after, output: won[0]?.output })
    })

    test('a move on an old reading changes nothing', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const change = out(run)
      await runs.giveOut([change])
      expect(await runs.move([ended(run, 'cancelled')])).toEqual([])
      expect(await runs.get(run._id)).toEqual(change.after)
    })
  })

  describe('what waits', () => {
    test('runs that wait are walked by id, without those that are held or not due yet', async () => {
      const { runs } = given.it()
      const waits = [aRun({ not_before: 5 }), aRun({ not_before: 10, status: 'retrying' }), aRun({ not_before: 1 })]
      await stored(
        ...waits,
        aRun({ not_before: 11 }),
        aRun({ not_before: 1, hold: { kind: 'limit', of: null } }),
        aRun({ not_before: 1, status: 'running', session: 's' }),
        aRun({ not_before: 1, status: 'success' }),
      )
      const expected = ids(waits).toSorted()
      const first = await runs.waiting(10, null, 2)
      expect(ids(first)).toEqual(expected.slice(0, 2))
      expect(ids(await runs.waiting(10, first.at(-1)?._id ?? null, 2))).toEqual(expected.slice(2))
    })

    test('what comes due in a span is found, soonest first, and the soonest after a moment', async () => {
      const { runs } = given.it()
      await stored(
        aRun({ not_before: 30, status: 'retrying' }),
        aRun({ not_before: 10 }),
        aRun({ not_before: 20 }),
        aRun({ not_before: 25, status: 'dispatched', session: 's' }),
        aRun({ not_before: 26, hold: { kind: 'after', of: 'x' } }),
      )
      const found = async (from: number, to: number, limit = 9) =>
        (await runs.comingDue(from, to, limit)).map((run) => run.not_before)
      expect(await found(10, 30)).toEqual([20, 30])
      expect(await found(0, 25)).toEqual([10, 20])
      expect(await found(0, 99, 1)).toEqual([10])
      expect(await runs.nextDue(20)).toBe(30)
      expect(await runs.nextDue(9)).toBe(10)
      expect(await runs.nextDue(30)).toBeNull()
    })

    test('pending runs are counted, for all domains or one', async () => {
      const { runs } = given.it()
      await stored(aRun(), aRun({ domain: 'dev' }), aRun({ status: 'retrying' }), aRun({ status: 'failed' }))
      expect(await runs.countPending(null)).toBe(2)
      expect(await runs.countPending('dev')).toBe(1)
      expect(await runs.countPending('nowhere')).toBe(0)
    })

    test('queues: how much is due and held by nothing in each domain, and since when', async () => {
      const { runs } = given.it()
      await stored(
        aRun({ not_before: 7 }),
        aRun({ not_before: 5, status: 'retrying' }),
        aRun({ not_before: 9, domain: 'dev' }),
        aRun({ not_before: 11 }),
        aRun({ not_before: 1, hold: { kind: 'limit', of: null } }),
        aRun({ not_before: 1, status: 'running', session: 's' }),
      )
      expect((await runs.queues(10)).toSorted((one, other) => (one.domain < other.domain ? -1 : 1))).toEqual([
        { domain: 'dev', depth: 1, since: 9 },
        { domain: 'prod', depth: 2, since: 5 },
      ])
    })

    test('a run that moves on leaves what waits, and one that is taken back is there again', async () => {
      const { runs } = given.it()
      const run = aRun()
      await stored(run)
      const given1 = out(run)
      await runs.giveOut([given1])
      expect(await runs.waiting(run.not_before, null, 9)).toEqual([])
      expect(await runs.countPending(null)).toBe(0)
      const back = changed(given1.after, { status: 'pending', session: null, slot: null, token: 2 })
      await runs.move([back])
      expect(await runs.waiting(run.not_before, null, 9)).toEqual([back.after])
      expect(await runs.ofSession('s1')).toEqual([])
    })
  })

  describe('what is live', () => {
    test('the runs of a session are those dispatched to it or running', async () => {
      const { runs } = given.it()
      const [one, other, foreign] = [aRun(), aRun(), aRun()]
      await stored(one, other, foreign)
      const changes = [out(one), out(other), out(foreign, newId(), 's2')]
      await runs.giveOut(changes)
      const running = changed(changes[0]?.after ?? one, { status: 'running', start_ts: 5 })
      await runs.move([running])
      expect(ids(await runs.ofSession('s1')).toSorted()).toEqual(ids([one, other]).toSorted())
      expect((await runs.outSessions()).toSorted()).toEqual(['s1', 's2'])
      await runs.move([ended(running.after), ended(changes[2]?.after ?? foreign)])
      expect(ids(await runs.ofSession('s1'))).toEqual([other._id])
      expect(await runs.outSessions()).toEqual(['s1'])
    })

    test('the oldest live run of each job is known, and all of one job, oldest first', async () => {
      const { runs } = given.it()
      const [busy, idle] = [aJob(), aJob()]
      const done = aRun({ status: 'failed' }, busy)
      const live = [aRun({ status: 'running', session: 's' }, busy), aRun({}, busy), aRun({ status: 'retrying' }, busy)]
      await stored(done, ...live, aRun({ status: 'success' }, idle))
      const oldest = ids(live).toSorted()
      expect(await runs.liveOfJobs([busy._id, idle._id, 'none'])).toEqual(
        new Map([[busy._id, { oldest: oldest[0], waiting: null }]]),
      )
      expect(ids(await runs.live(busy._id, 2))).toEqual(oldest.slice(0, 2))
      expect(await runs.live(idle._id, 2)).toEqual([])
    })
  })
}
