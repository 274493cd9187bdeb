import { HydraError } from '../model/errors.ts'

/** Streams that one audience may have open: a page has one or two, and a tool one for each run that it follows. */
export const mostStreams = 200

/** After a page each stream waits so long for each stream of its audience: one is not held up, many do not take all time. ms */
const pausePerStream = 2

/** The streams of one domain, or of the admin. Those that wait for their next page wait together, so that one reading serves all. */
class Audience {
  count = 0
  #pause: Promise<void> | null = null

  /** Resolves when the next page may be read. */
  pause(): Promise<void> {
    if (this.count <= 1) return Promise.resolve()
    this.#pause ??= new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pause = null
        resolve()
      }, this.count * pausePerStream)
      timer.unref()
    })
    return this.#pause
  }
}

/** A stream's place among the others of its audience. */
export interface Place {
  pause(): Promise<void>
  leave(): void
}

/** Who listens, by domain. */
export class Audiences {
  readonly #all = new Map<string | null, Audience>()

  /** @param domain null: the admin's  @throws TOO_MANY where its audience has too many streams open */
  enter(domain: string | null): Place {
    const audience = this.#all.get(domain) ?? new Audience()
    if (audience.count >= mostStreams)
      throw new HydraError('TOO_MANY', `At most ${mostStreams} streams of one domain may be open; close some.`, {
        retryAfter: 5,
      })
    this.#all.set(domain, audience)
    audience.count += 1
    return {
      pause: () => audience.pause(),
      leave: () => {
        audience.count -= 1
        if (audience.count === 0) this.#all.delete(domain)
      },
    }
  }
}
