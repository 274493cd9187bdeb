import type { LogBook } from './log-book.ts'
import { looksAfter } from './log-text.ts'

/** A colour that was begun further before is not looked for. Lines. */
const reach = 400

const between = ' '

/** What each of these lines finds on, by number, where anything is: colours go on over the ends of lines, each stream's apart. Pure. */
export function looksInto(book: LogBook, from: number, to: number): ReadonlyMap<number, string> {
  const on = { stdout: noLooks, stderr: noLooks }
  const found = new Map<number, string>()
  for (let n = Math.max(1, from - reach); n <= Math.min(to, from + longestLook); n += 1) {
    const line = book.line(n)
    if (line === undefined) continue
    const before = on[line.stream]
    if (n >= from && before.length > 0) found.set(n, before.join(between))
    on[line.stream] = looksAfter(before, line.text)
  }
  return found
}

/** What is folded between the first and the last line that is seen may be much. Lines. */
const longestLook = 20_000

const noLooks: readonly string[] = []

/** As `looksInto` told them: a text, so that a line that finds the same is not drawn anew. */
export const looksFrom = (looks: string): readonly string[] => (looks === '' ? [] : looks.split(between))
