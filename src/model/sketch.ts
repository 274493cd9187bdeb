import type { Millis } from './time.ts'

const perDoubling = 32

/** The largest relative error of a quantile: half of a cell. */
export const sketchError = 2 ** (1 / (2 * perDoubling)) - 1

/** Below a millisecond there is one cell, and its value is 0. */
const cellOf = (time: Millis): number => (time < 1 ? 0 : 1 + Math.round(Math.log2(time) * perDoubling))

const timeOf = (cell: number): Millis => (cell === 0 ? 0 : 2 ** ((cell - 1) / perDoubling))

/**
 * How many runs took how long, in log-spaced cells: 32 to each doubling. Two sketches are merged by adding their cells up,
 * in any order and grouping, and a quantile is off by at most `sketchError` of itself, whatever the times are. From a
 * millisecond to a year there are some 1,100 cells, of which a job's runs fill a handful.
 */
export class Sketch {
  /** The counts of neighbouring cells, from the cell `#first` on. */
  #counts: number[] = []
  #first = 0
  #total = 0

  /** Counts a time. */
  addTime(time: Millis): void {
    this.addCell(cellOf(time), 1)
  }

  /** Adds to a cell: how a sketch is read from where it is kept. */
  addCell(cell: number, count: number): void {
    if (this.#counts.length === 0) this.#first = cell
    if (cell < this.#first) {
      this.#counts = [...new Array<number>(this.#first - cell).fill(0), ...this.#counts]
      this.#first = cell
    }
    const at = cell - this.#first
    while (this.#counts.length <= at) this.#counts.push(0)
    this.#counts[at] = (this.#counts[at] ?? 0) + count
    this.#total += count
  }

  /** Adds all that another counted. */
  merge(other: Sketch): void {
    for (const [cell, count] of other.cells()) this.addCell(cell, count)
  }

  /** The cells that counted something, lowest first. */
  cells(): readonly (readonly [cell: number, count: number])[] {
    const found: (readonly [number, number])[] = []
    this.#counts.forEach((count, at) => {
      if (count > 0) found.push([this.#first + at, count])
    })
    return found
  }

  /**
   * For each share (0 to 1) the smallest time that at least so many of the counted ones do not exceed (nearest rank),
   * within `sketchError`; null when nothing was counted.
   */
  quantiles(shares: readonly number[]): readonly (Millis | null)[] {
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.#total))
      let seen = 0
      const at = this.#counts.findIndex((count) => {
        seen += count
        return seen >= rank
      })
      return at < 0 ? null : timeOf(this.#first + at)
    })
  }
}
