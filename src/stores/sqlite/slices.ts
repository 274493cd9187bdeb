import type { Pace } from '../../ports/page.ts'

/** How long a slice holds the event loop, ms. */
const slice = 0.5

const nextLoop: Pace = () => new Promise((resolve) => setImmediate(resolve))

/**
 * Makes something of each item of a page, for half a millisecond at a time; between, the event loop serves others, whom a page of a
 * thousand would hold up for 20 ms. What is read for an item is read in its slice: the store may have changed since the page was listed.
 */
async function inSlices<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Made,
  pace: Pace,
): Promise<readonly Made[]> {
  const made: Made[] = []
  let until = performance.now() + slice
  for (const item of items) {
    if (performance.now() >= until) {
      await pace()
      until = performance.now() + slice
    }
    made.push(make(item))
  }
  return made
}

/** How often a page is read in slices before it is read in one go. */
const patience = 2

interface Listed<Row, Doc, Made> {
  /** The rows of the page, from an index. */
  readonly list: () => readonly Row[]
  /** What a row is of; null: it is not there any more. */
  readonly read: (row: Row) => Doc | null
  /** Whether it is still where the row says. */
  readonly isInPlace: (doc: Doc, row: Row) => boolean
  readonly make: (doc: Doc) => Made
  /** Awaited between two slices; without it others have the thread for one turn of the event loop. */
  readonly pace?: Pace | undefined
}

/**
 * A page of a list, in slices. What has left its place in the list between two of them has the page read anew: a shorter page would
 * look like the last one, and a cursor made from what has moved would lead elsewhere.
 */
export async function pageOf<Row, Doc, Made>({
  list,
  read,
  isInPlace,
  make,
  pace = nextLoop,
}: Listed<Row, Doc, Made>): Promise<readonly Made[]> {
  for (let time = 0; time < patience; time += 1) {
    const rows = list()
    const one = (row: Row): { readonly made: Made } | null => {
      const doc = read(row)
      return doc !== null && isInPlace(doc, row) ? { made: make(doc) } : null
    }
    const found = await inSlices(rows, one, pace)
    const there = found.flatMap((one) => (one === null ? [] : [one.made]))
    if (there.length === rows.length) return there
  }
  return list().flatMap((row) => {
    const doc = read(row)
    return doc === null ? [] : [make(doc)]
  })
}
