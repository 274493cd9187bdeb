/** At most so many bulks of one kind are under way: what comes meanwhile goes into the next, all of it together. */
const atOnce = 3
/** Items in one bulk. */
const most = 1000

interface Call<T, R> {
  readonly items: readonly T[]
  readonly resolve: (results: readonly R[]) => void
  readonly reject: (reason: unknown) => void
}

/** Hears of each bulk what it took, ms, and how many writes were in it. */
export type BulkTold = (ms: number, writes: number) => void

/** Gathers what is asked within a turn of the event loop, and while earlier bulks are under way, into one bulk. */
export class Gathered<T, R> {
  readonly #flush: (items: readonly T[]) => Promise<readonly R[]>
  readonly #told: BulkTold
  #calls: Call<T, R>[] = []
  #underWay = 0
  #scheduled = false

  /** @param flush writes the items in one go; one result each, in order */
  constructor(flush: (items: readonly T[]) => Promise<readonly R[]>, told: BulkTold = () => {}) {
    this.#flush = flush
    this.#told = told
  }

  /** The result of each item, in order. */
  async add(items: readonly T[]): Promise<readonly R[]> {
    if (items.length === 0) return []
    return new Promise((resolve, reject) => {
      this.#calls.push({ items, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= atOnce) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#next()
    })
  }

  async #next(): Promise<void> {
    const calls = this.#taken()
    if (calls.length === 0) return
    this.#underWay += 1
    if (this.#calls.length > 0) this.#schedule()
    const items = calls.flatMap((call) => call.items)
    const from = performance.now()
    try {
      const results = await this.#flush(items)
      this.#told(performance.now() - from, items.length)
      let at = 0
      for (const { items: its, resolve } of calls) {
        resolve(results.slice(at, at + its.length))
        at += its.length
      }
    } catch (error) {
      for (const call of calls) call.reject(error)
    } finally {
      this.#underWay -= 1
      if (this.#calls.length > 0) this.#schedule()
    }
  }

  /** The calls of the next bulk: at least one. */
  #taken(): readonly Call<T, R>[] {
    let [count, items] = [0, 0]
    for (const call of this.#calls) {
      if (count > 0 && items + call.items.length > most) break
      count += 1
      items += call.items.length
    }
    return this.#calls.splice(0, count)
  }
}
