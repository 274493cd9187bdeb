import { type Chosen, mostMatched } from '../model/bulk.ts'
import { HydraError, invalid } from '../model/errors.ts'
import type { Page } from '../ports/store.ts'
import { idWithin } from '../runtime/ids.ts'
import { FairTurns } from './fair-turns.ts'
import type { Scope } from './scope.ts'

/** Ids that are read in one go. */
const pageLength = 1000
/** Things that are acted upon at once: their writes share a commit, which takes a few ms. */
const atOnce = 16
/** Things that a preview shows, and failures that are listed. */
const shown = 10
const mostFailures = 1000
/** Acts of one domain at a time; of all together two have their turn at once. */
const seats = 4

/** What is acted upon: jobs or runs, and how. */
export interface BulkKind<Act, Choice, Sample> {
  readonly name: 'job' | 'run'
  /** Ids of those that the choice finds and the act is meant for. */
  ids(scope: Scope, act: Act, choice: Choice, page: Page): Promise<readonly string[]>
  /** Those of the ids that the scope sees, in their order, with what a preview shows of them. */
  seen(scope: Scope, ids: readonly string[]): Promise<readonly Sample[]>
  /** @param runId the id of the run that it makes, if it makes one; null: any @throws what it says of a single one */
  act(scope: Scope, act: Act, id: string, runId: string | null): Promise<void>
}

/** What matched at one moment; `last` is the newest of them, or empty. */
export interface Matched {
  readonly matched: number
  readonly last: string
}

export interface Failure {
  readonly id: string
  readonly detail: string
}

/**
 * Acts upon many things: first counted and shown, then, where no more match than were counted, done, some at a time, one
 * domain's act in turn with another's. What cannot be done to one of them is listed and holds up no other.
 */
export class Bulk<Act, Choice, Sample extends { readonly id: string }> {
  readonly #kind: BulkKind<Act, Choice, Sample>
  readonly #turns = new FairTurns({ atOnce: 2, perParty: 1, seats, what: 'acts upon many things' })

  constructor(kind: BulkKind<Act, Choice, Sample>) {
    this.#kind = kind
  }

  /** What the act would be done to. @throws INVALID where it is too much for one go */
  async preview(
    scope: Scope,
    act: Act,
    chosen: Chosen<Choice>,
  ): Promise<Matched & { readonly sample: readonly Sample[] }> {
    if ('ids' in chosen) {
      const seen = await this.#seen(scope, chosen.ids)
      return { matched: seen.length, last: '', sample: seen.slice(-shown).reverse() }
    }
    const newest: string[] = []
    let matched = 0
    for await (const ids of this.#pages(scope, act, chosen.filter, null)) {
      newest.push(...ids.slice(0, shown - newest.length))
      matched += ids.length
      if (matched > mostMatched)
        throw invalid([{ path: 'filter', message: `matches more than ${mostMatched}, which is too much for one go` }])
    }
    return { matched, last: newest[0] ?? '', sample: await this.#kind.seen(scope, newest) }
  }

  /**
   * Does it to what matched before. @param before what the preview told @param request the id that those of new runs are
   * made from, so that a repeat makes the same; null: any @throws CONFLICT where more match by now
   */
  async carryOut(
    scope: Scope,
    act: Act,
    chosen: Chosen<Choice>,
    { before, request }: { readonly before: Matched; readonly request: string | null },
  ): Promise<{ readonly matched: number; readonly done: number; readonly failed: readonly Failure[] }> {
    const seat = this.#turns.enter(scope.domain ?? '')
    try {
      const { matched, last } = await this.preview(scope, act, chosen)
      if (matched > before.matched || (await this.#isNewer(scope, act, chosen, before.last)))
        throw new HydraError(
          'CONFLICT',
          `More ${this.#kind.name}s match by now: ${matched}, and ${before.matched} when it was previewed; look at a new preview.`,
        )
      const failed: Failure[] = []
      let failures = 0
      let tried = 0
      for await (const ids of this.#chosenPages(scope, act, chosen, last))
        for (let at = 0; at < ids.length; at += atOnce) {
          const found = await seat.turn(() => this.#actUpon(scope, act, ids.slice(at, at + atOnce), request))
          tried += Math.min(atOnce, ids.length - at)
          failures += found.length
          failed.push(...found.slice(0, mostFailures - failed.length))
          await otherWork()
        }
      return { matched, done: tried - failures, failed }
    } finally {
      seat.leave()
    }
  }

  async #actUpon(scope: Scope, act: Act, ids: readonly string[], request: string | null): Promise<readonly Failure[]> {
    const outcomes = await Promise.all(
      ids.map(async (id): Promise<Failure | null> => {
        try {
          await this.#kind.act(scope, act, id, request === null ? null : idWithin(request, id))
          return null
        } catch (error) {
          // Not of this one alone, but of the store or the broker: the rest would meet it too.
          if (!(error instanceof HydraError) || error.status >= 500) throw error
          return { id, detail: error.message }
        }
      }),
    )
    return outcomes.filter((outcome) => outcome !== null)
  }

  /** As many may match as before, and not be the same: whether one of them came after the last. */
  async #isNewer(scope: Scope, act: Act, chosen: Chosen<Choice>, last: string): Promise<boolean> {
    if ('ids' in chosen || last === '') return false
    const page = { limit: 1, after: last, oldestFirst: true }
    return (await this.#kind.ids(scope, act, chosen.filter, page)).length > 0
  }

  /** From the last one that was counted on, the newest first: what comes meanwhile is not met. */
  async *#chosenPages(scope: Scope, act: Act, chosen: Chosen<Choice>, last: string): AsyncGenerator<readonly string[]> {
    if ('ids' in chosen) return yield chosen.ids
    if (last === '') return
    yield [last]
    yield* this.#pages(scope, act, chosen.filter, last)
  }

  /** The newest first, after one or from the beginning. */
  async *#pages(scope: Scope, act: Act, choice: Choice, first: string | null): AsyncGenerator<readonly string[]> {
    for (let after = first; ; ) {
      const ids = await this.#kind.ids(scope, act, choice, { limit: pageLength, after, oldestFirst: false })
      if (ids.length > 0) yield ids
      if (ids.length < pageLength) return
      after = ids.at(-1) ?? null
      await otherWork()
    }
  }

  async #seen(scope: Scope, ids: readonly string[]): Promise<readonly Sample[]> {
    const seen: Sample[] = []
    for (let at = 0; at < ids.length; at += pageLength / 10) {
      seen.push(...(await this.#kind.seen(scope, ids.slice(at, at + pageLength / 10))))
      await otherWork()
    }
    return seen
  }
}

const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
