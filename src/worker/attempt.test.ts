import { describe, expect, test } from 'vitest'
import type { Ack } from '../ports/link.ts'
import { Attempt, type Draft } from './attempt.ts'
import { aGrant, chunk, ended, held, started } from './notes.fixture.ts'
import { endedHere } from './reunion.ts'
import { mostNotes } from './transcript.ts'

const plenty = 1_000_000
const ack = (verdict: Ack['verdict'], stored_seq: number): Ack => ({ run_id: 'r1', token: 1, verdict, stored_seq })
const order = (kind: string, more: object) => ({ kind, run_id: 'r1', token: 1, ...more })

function running(): Attempt {
  const grant = aGrant()
  const attempt = new Attempt(grant, grant)
  attempt.phase = 'ordered'
  attempt.hear(started())
  return attempt
}

function drafted(attempt: Attempt, budget = plenty): Draft {
  const draft = attempt.draft(budget)
  if (draft === null) throw new Error('there is nothing to report')
  return draft
}

describe('what is reported', () => {
  test('a short run is told in one report: start, output and end', () => {
    const attempt = running()
    attempt.hear(chunk(1))
    attempt.hear(ended(1))
    const { start_ts, chunks, ended: end, never_started } = drafted(attempt)
    expect({ start_ts, seqs: chunks.map(({ seq }) => seq), end: end?.last_seq, never_started }).toEqual({
      start_ts: 1000,
      seqs: [1],
      end: 1,
      never_started: false,
    })
    expect(attempt.settle(ack('stored', 1), drafted(attempt))).toEqual({
      orders: [order('ack', { seq: 1, done: true })],
      done: true,
    })
  })

  test('an end waits until every chunk before it goes with it or is stored', () => {
    const attempt = running()
    for (const seq of [1, 2, 3]) attempt.hear(chunk(seq))
    attempt.hear(ended(3))
    const first = drafted(attempt, 25)
    expect([first.chunks.length, first.ended]).toEqual([2, null])
    expect(attempt.settle(ack('stored', 2), first).orders).toEqual([order('ack', { seq: 2, done: false })])
    const second = drafted(attempt, 25)
    expect([second.chunks.length, second.ended?.last_seq]).toEqual([1, 3])
  })

  test('a report that was lost is made again as it was', () => {
    const attempt = running()
    attempt.hear(chunk(1))
    expect(drafted(attempt)).toEqual(drafted(attempt))
  })

  test('once told, a start is no news', () => {
    const attempt = running()
    attempt.settle(ack('stored', 0), drafted(attempt))
    expect([attempt.draft(plenty), attempt.hasNews]).toEqual([null, false])
  })

  test('without a budget for its output it still tells that it started', () => {
    const attempt = running()
    attempt.hear(chunk(1))
    expect(drafted(attempt, 0)).toMatchObject({ start_ts: 1000, chunks: [] })
    attempt.settle(ack('stored', 0), drafted(attempt, 0))
    expect([attempt.draft(0), attempt.hasNews]).toEqual([null, true])
  })

  test('chunks that were told before, or out of sequence, are passed over', () => {
    const attempt = running()
    for (const seq of [1, 1, 3, 2, 2, 3]) attempt.hear(chunk(seq))
    expect(drafted(attempt).chunks.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('notes beyond what memory holds are asked for again once there is room', () => {
    const attempt = running()
    for (let seq = 1; seq <= mostNotes + 10; seq += 1) attempt.hear(chunk(seq))
    const draft = drafted(attempt, mostNotes * 10)
    expect(draft.chunks).toHaveLength(mostNotes)
    expect(attempt.settle(ack('stored', mostNotes), draft).orders).toEqual([
      order('ack', { seq: mostNotes, done: false }),
      order('resend', { seq: mostNotes }),
    ])
    attempt.hear(chunk(mostNotes + 1))
    expect(drafted(attempt).chunks.map(({ seq }) => seq)).toEqual([mostNotes + 1])
  })

  test("an executor's refusal is an end that the supervisor hears nothing of", () => {
    const grant = aGrant()
    const attempt = new Attempt(grant, grant)
    attempt.endHere(endedHere('not_spawned', 'no such shell', 5))
    const draft = drafted(attempt)
    expect(draft).toMatchObject({
      start_ts: null,
      ended: { cause: 'not_spawned', reason: 'no such shell', last_seq: 0 },
    })
    expect(attempt.settle(ack('stored', 0), draft)).toEqual({ orders: [], done: true })
  })

  test('a grant that is given back says that nothing was started', () => {
    const attempt = new Attempt(aGrant(), aGrant())
    attempt.refuse()
    expect(drafted(attempt).never_started).toBe(true)
    expect(attempt.settle(ack('stored', 0), drafted(attempt)).done).toBe(true)
  })
})

describe('the verdict stale', () => {
  test('ends what runs at once, and forgets it when it has ended', () => {
    const attempt = running()
    const step = attempt.settle(ack('stale', 0), drafted(attempt))
    expect(step).toEqual({ orders: [order('stop', { cause: 'stop', grace: 0 })], done: false })
    attempt.hear(chunk(1))
    expect([attempt.draft(plenty), attempt.hasNews, attempt.isBusy]).toEqual([null, false, true])
    expect(attempt.hear(ended(1))).toEqual({ orders: [order('ack', { seq: 1, done: true })], done: true })
  })

  test('forgets what has ended', () => {
    const attempt = running()
    attempt.hear(ended(0))
    expect(attempt.settle(ack('stale', 0), drafted(attempt))).toEqual({
      orders: [order('ack', { seq: 0, done: true })],
      done: true,
    })
  })
})

describe('the verdict resend', () => {
  test('has the supervisor tell again what is missing', () => {
    const attempt = running()
    for (const seq of [1, 2]) attempt.hear(chunk(seq))
    attempt.hear(ended(2))
    const step = attempt.settle(ack('resend', 1), drafted(attempt))
    expect(step.orders).toEqual([order('resend', { seq: 1 })])
    expect(attempt.hasNews).toBe(true)
    attempt.settle(ack('stored', 0), drafted(attempt))
    attempt.hear(chunk(2))
    expect(drafted(attempt)).toMatchObject({ chunks: [{ seq: 2 }], ended: { last_seq: 2 } })
  })

  test('goes back behind what was stored once: a spool keeps all until the end', () => {
    const attempt = running()
    for (const seq of [1, 2]) attempt.hear(chunk(seq))
    attempt.settle(ack('stored', 2), drafted(attempt))
    attempt.hear(chunk(3))
    expect(attempt.settle(ack('resend', 1), drafted(attempt)).orders).toEqual([order('resend', { seq: 1 })])
    attempt.hear(chunk(2))
    expect(drafted(attempt).chunks.map(({ seq }) => seq)).toEqual([2])
  })

  test('for what nobody holds any more gives the attempt up', () => {
    const attempt = running()
    attempt.hear(chunk(1))
    attempt.endHere(endedHere('lost', 'the folder was removed', 5))
    expect(attempt.settle(ack('resend', 0), drafted(attempt))).toEqual({ orders: [], done: true })
  })
})

describe('stopping', () => {
  test('the first cause stays, a shorter grace wins, and a repeat says nothing', () => {
    const attempt = running()
    expect(attempt.stop('cancel').orders).toEqual([order('stop', { cause: 'cancel', grace: 5000 })])
    expect(attempt.stop('cancel').orders).toEqual([])
    expect(attempt.stop('stop', 0).orders).toEqual([order('stop', { cause: 'cancel', grace: 0 })])
    attempt.hear(ended(0))
    expect(attempt.stop('stop', 0).orders).toEqual([])
  })

  test('one that waits is told to stop only once it was told to start', () => {
    const attempt = new Attempt(aGrant(), aGrant())
    expect(attempt.stop('stop').orders).toEqual([])
    attempt.phase = 'ordered'
    expect(attempt.wishedOrders()).toEqual([order('stop', { cause: 'stop', grace: 5000 })])
  })
})

describe('meeting a supervisor', () => {
  test('what it holds from an earlier life is asked for from where it was acknowledged', () => {
    const attempt = new Attempt(held())
    const step = attempt.adopt(held({ acked_seq: 4 }))
    expect(step).toEqual({ orders: [order('resend', { seq: 4 })], done: false })
    attempt.hear(chunk(5))
    expect(drafted(attempt)).toMatchObject({ start_ts: 1000, chunks: [{ seq: 5 }] })
  })

  test('an acknowledgement and a stop that were lost are said again', () => {
    const attempt = running()
    attempt.hear(chunk(1))
    attempt.settle(ack('stored', 1), drafted(attempt))
    attempt.stop('cancel')
    expect(attempt.adopt(held({ acked_seq: 0 })).orders).toEqual([
      order('ack', { seq: 1, done: false }),
      order('resend', { seq: 1 }),
      order('stop', { cause: 'cancel', grace: 5000 }),
    ])
  })

  test('one that ended meanwhile is reported when its last chunks are told again', () => {
    const attempt = running()
    attempt.settle(ack('stored', 0), drafted(attempt))
    attempt.adopt(held({ ended: ended(2) }))
    expect([attempt.isBusy, attempt.hasNews]).toEqual([false, false])
    for (const seq of [1, 2]) attempt.hear(chunk(seq))
    expect(drafted(attempt)).toMatchObject({ chunks: [{ seq: 1 }, { seq: 2 }], ended: { last_seq: 2 } })
  })
})
