import { HydraError } from '../model/errors.ts'

export interface TurnLimits {
  /** Acts under way at once. */
  readonly atOnce: number
  /** Of these, of one party: below `atOnce` nobody else waits for it to finish. */
  readonly perParty: number
  /** Seats of one party; who finds none is refused. */
  readonly seats: number
  /** What the acts are, for who is refused: `reads of logs`. */
  readonly what: string
}

/** Who takes turns: mostly one request. */
export interface Seat {
  /** Does the act when it is this seat's turn. @throws when the seat was left */
  turn<T>(act: () => Promise<T>): Promise<T>
  /** Twice is harmless. */
  leave(): void
}

interface Party {
  seats: number
  running: number
  readonly waiting: (() => void)[]
}

/**
 * Lets parties take turns at something that can be done a few times at once. Each party's acts wait for each other; the
 * next turn goes round, so that however much one of them asks for, another waits for a single act.
 */
export class FairTurns {
  readonly #limits: TurnLimits
  /** In the order of their next turns. */
  readonly #parties = new Map<string, Party>()
  #running = 0

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Seats taken, of all parties. */
  get seated(): number {
    return [...this.#parties.values()].reduce((sum, { seats }) => sum + seats, 0)
  }

  /** @throws TOO_MANY when the party has all its seats taken */
  enter(name: string): Seat {
    const party = this.#parties.get(name) ?? { seats: 0, running: 0, waiting: [] }
    if (party.seats >= this.#limits.seats)
      throw new HydraError(
        'TOO_MANY',
        `${party.seats} ${this.#limits.what} are under way already; try again when some are over.`,
      )
    party.seats += 1
    this.#parties.set(name, party)
    let isSeated = true
    return {
      turn: async (act) => {
        if (!isSeated) throw new Error('the seat was left')
        return this.#turn(name, party, act)
      },
      leave: () => {
        if (!isSeated) return
        isSeated = false
        party.seats -= 1
        this.#tidy(name, party)
      },
    }
  }

  async #turn<T>(name: string, party: Party, act: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      party.waiting.push(resolve)
      this.#next()
    })
    try {
      return await act()
    } finally {
      party.running -= 1
      this.#running -= 1
      this.#tidy(name, party)
      this.#next()
    }
  }

  #tidy(name: string, { seats, running, waiting }: Party): void {
    if (seats === 0 && running === 0 && waiting.length === 0) this.#parties.delete(name)
  }

  #next(): void {
    while (this.#running < this.#limits.atOnce) {
      const found = [...this.#parties].find(
        ([, { waiting, running }]) => waiting.length > 0 && running < this.#limits.perParty,
      )
      const begin = found?.[1].waiting.shift()
      if (found === undefined || begin === undefined) return
      const [name, party] = found
      // It had its turn: the others come first.
      this.#parties.delete(name)
      this.#parties.set(name, party)
      party.running += 1
      this.#running += 1
      begin()
    }
  }
}
