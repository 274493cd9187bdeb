import type { Command } from 'commander'
import { wholeFrom } from './options.ts'
import type { Output } from './output.ts'
import type { Column } from './table.ts'

/** How much of a list is shown. */
export interface LimitChoice {
  readonly limit: number
  readonly all?: boolean
}

export const limited = (command: Command, otherwise: number): Command =>
  command
    .option('-n, --limit <count>', 'how many at most', wholeFrom(1), otherwise)
    .option('--all', 'all, however many')

/** Entries of a page, so that no more is asked for than is shown. */
export const pageLength = ({ limit, all = false }: LimitChoice): number => (all ? 1000 : Math.min(limit + 1, 1000))

/** Prints a list as far as it is wanted, and says so where there is more. */
export async function printLimited<T>(
  out: Output,
  list: AsyncIterable<T>,
  columns: readonly Column<T>[],
  { limit, all = false }: LimitChoice,
  none: string,
): Promise<void> {
  let isMore = false
  async function* some(): AsyncGenerator<T> {
    let count = 0
    for await (const one of list) {
      isMore = !all && count === limit
      if (isMore) return
      count += 1
      yield one
    }
  }
  const count = await out.list(some(), columns)
  if (count === 0 && out.isTerminal) out.say(none)
  const these = limit === 1 ? 'this one' : `these ${limit}`
  if (isMore) out.say(`There are more than ${these}: --limit or --all shows them.`)
}
