import TinyQueue from 'tinyqueue'

/** Reads on in one ordered list: at most `limit` rows after the given one, or from its beginning. */
export type Walk<Row> = (after: Row | null, limit: number) => readonly Row[]

interface Head<Row> {
  readonly walk: Walk<Row>
  rows: readonly Row[]
  at: number
  size: number
}

/**
 * The first rows of several ordered lists together. Each is read only as far as its rows come up: of thousands of lists a
 * page costs little more than one look at each.
 */
export function merged<Row>(
  walks: readonly Walk<Row>[],
  limit: number,
  compare: (one: Row, other: Row) => number,
): readonly Row[] {
  const [only] = walks
  if (only === undefined || limit <= 0) return []
  if (walks.length === 1) return only(null, limit)
  const size = Math.min(limit, Math.ceil(limit / walks.length) + 1)
  const heads = new TinyQueue<Head<Row>>([], (one, other) => compare(rowOf(one), rowOf(other)))
  for (const walk of walks) {
    const rows = walk(null, size)
    if (rows.length > 0) heads.push({ walk, rows, at: 0, size })
  }
  const found: Row[] = []
  for (let head = heads.pop(); head !== undefined && found.length < limit; head = heads.pop()) {
    found.push(rowOf(head))
    if (advance(head, limit)) heads.push(head)
  }
  return found
}

function rowOf<Row>({ rows, at }: Head<Row>): Row {
  const row = rows[at]
  if (row === undefined) throw new Error('a list without a row is no head')
  return row
}

/** To the list's next row; false when it has no more. Each read is twice as long as the one before. */
function advance<Row>(head: Head<Row>, limit: number): boolean {
  head.at += 1
  if (head.at < head.rows.length) return true
  if (head.rows.length < head.size) return false
  const last = head.rows.at(-1) ?? null
  head.size = Math.min(limit, head.size * 2)
  head.rows = head.walk(last, head.size)
  head.at = 0
  return head.rows.length > 0
}
