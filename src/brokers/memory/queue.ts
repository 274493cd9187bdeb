import TinyQueue from 'tinyqueue'
import type { Requirement } from '../../model/affinity.ts'
import { classKey, score } from '../../model/placement.ts'
import type { Waiting } from '../../ports/broker.ts'
import type { Seat } from './seat.ts'

/** A run in the queue, or reserved and about to leave it. */
export interface Entry {
  readonly waiting: Waiting
  readonly score: number
  readonly of: RunClass
  state: 'queued' | 'reserved' | 'gone'
}

/** Runs with the same requirements: they fit exactly the same workers, so one look at the head serves them all. */
export interface RunClass {
  readonly key: string
  readonly need: Requirement
  readonly heap: TinyQueue<Entry>
  /** Workers that fit. */
  readonly seats: Set<Seat>
  /** Entries that are queued or reserved; at 0 the class is dropped. */
  live: number
}

const none: ReadonlySet<RunClass> = new Set()

/**
 * What waits in one domain. A class that fits no worker stands in no worker's list, so a hundred thousand such runs
 * cost the others nothing. Taking a run out marks it; the heap passes marked entries over when they come up.
 */
export class DomainQueue {
  readonly classes = new Map<string, RunClass>()
  readonly #fitting = new Map<Seat, Set<RunClass>>()
  readonly known = new Map<string, Entry>()
  readonly seats = new Map<string, Seat>()
  queued = 0

  /** Queues a run that is not known yet. */
  add(waiting: Waiting, state: 'queued' | 'reserved'): Entry {
    const of = this.classOf(waiting)
    const entry: Entry = { waiting, score: score(waiting.priority, waiting.scheduled_ts), of, state }
    of.live += 1
    this.known.set(waiting.run_id, entry)
    if (state === 'queued') this.#push(entry)
    return entry
  }

  /** Reserved → queued again, with its old rank. */
  requeue(entry: Entry): void {
    if (entry.state !== 'reserved') return
    entry.state = 'queued'
    this.#push(entry)
  }

  /** The head of a class becomes reserved. */
  reserveHead(of: RunClass): Entry | null {
    const entry = head(of)
    if (entry === null) return null
    of.heap.pop()
    entry.state = 'reserved'
    this.queued -= 1
    return entry
  }

  /** Forgets a run, wherever it stands. */
  drop(runId: string): void {
    const entry = this.known.get(runId)
    if (!entry) return
    this.known.delete(runId)
    if (entry.state === 'queued') this.queued -= 1
    entry.state = 'gone'
    entry.of.live -= 1
    if (entry.of.live === 0) this.#dropClass(entry.of)
  }

  /** The class of a run, made with the workers that fit where there is none. */
  classOf(waiting: Waiting): RunClass {
    const key = classKey(waiting.domain, waiting.need)
    const known = this.classes.get(key)
    if (known) return known
    const made: RunClass = {
      key,
      need: waiting.need,
      heap: new TinyQueue<Entry>([], (a, b) => a.score - b.score),
      seats: new Set(),
      live: 0,
    }
    for (const seat of this.seats.values()) if (seat.fits(waiting.need)) this.#link(made, seat)
    this.classes.set(key, made)
    return made
  }

  seat(seat: Seat): void {
    this.unseat(seat.workerId)
    this.seats.set(seat.workerId, seat)
    for (const of of this.classes.values()) {
      if (seat.fits(of.need)) this.#link(of, seat)
    }
  }

  unseat(workerId: string): void {
    const seat = this.seats.get(workerId)
    if (!seat) return
    this.seats.delete(workerId)
    for (const of of this.classesOf(seat)) of.seats.delete(seat)
    this.#fitting.delete(seat)
  }

  /** The classes that fit a worker: a free slot of its looks at their heads alone. */
  classesOf(seat: Seat): ReadonlySet<RunClass> {
    return this.#fitting.get(seat) ?? none
  }

  #link(of: RunClass, seat: Seat): void {
    of.seats.add(seat)
    const classes = this.#fitting.get(seat) ?? new Set()
    this.#fitting.set(seat, classes.add(of))
  }

  #push(entry: Entry): void {
    entry.of.heap.push(entry)
    this.queued += 1
  }

  #dropClass(of: RunClass): void {
    this.classes.delete(of.key)
    for (const seat of of.seats) this.#fitting.get(seat)?.delete(of)
  }
}

/** The best queued entry of a class, or null. */
export function head(of: RunClass): Entry | null {
  for (let top = of.heap.peek(); top; top = of.heap.peek()) {
    if (top.state === 'queued' && top.of === of) return top
    of.heap.pop()
  }
  return null
}

/** The best of what waits in some domains, in the order of dispatch. */
export function bestWaiting(queues: readonly DomainQueue[], limit: number): readonly Waiting[] {
  // The worst of the best so far is on top: a hundred of a hundred thousand are found in one walk, without sorting them.
  const best = new TinyQueue<Entry>([], (one, other) => byRank(other, one))
  for (const queue of queues)
    for (const entry of queue.known.values()) {
      if (entry.state !== 'queued') continue
      const worst = best.length < limit ? undefined : best.peek()
      if (worst !== undefined && byRank(entry, worst) > 0) continue
      best.push(entry)
      if (best.length > limit) best.pop()
    }
  const sorted: Waiting[] = []
  for (let entry = best.pop(); entry !== undefined; entry = best.pop()) sorted.push(entry.waiting)
  return sorted.reverse()
}

/** In the order of dispatch; those of one millisecond and priority as they were made. */
const byRank = (one: Entry, other: Entry): number =>
  one.score - other.score || (one.waiting.run_id < other.waiting.run_id ? -1 : 1)
