import { RE2JS, RE2JSSyntaxException } from 're2js'
import { invalid } from '../../model/errors.ts'
import type { LogQuery } from '../../model/log.ts'
import { endOfLine, withoutReturn } from './lines.ts'

/** A line within a text: its bounds, without its line break, and where the next one begins. */
interface Bounds {
  readonly start: number
  readonly end: number
  readonly after: number
}

type Ranges = readonly (readonly [from: number, to: number])[]

export interface Matcher {
  /** Whether there may be a match in these bytes: what cannot have one need not become text. */
  mayMatch(bytes: Buffer): boolean
  /** The first line that matches, of those that begin at `from` or later; `from` is a line's beginning. */
  next(text: string, from: number): Bounds | null
  /** Where in a line it matches: the first hundred places. */
  ranges(line: string): Ranges
}

const mostRanges = 100
/** Expressions that were used lately: an automaton is made while it is used, and a search comes slice by slice. */
const kept = 16
const known = new Map<string, Matcher>()

/** @throws INVALID for an expression that is not of RE2's language */
export function matcherOf(query: LogQuery): Matcher {
  const key = JSON.stringify([query.q, query.regex, query.case])
  const matcher = known.get(key) ?? (query.regex ? expression(query) : query.case ? exact(query.q) : anyCase(query.q))
  known.delete(key)
  known.set(key, matcher)
  for (const [oldest] of known) {
    if (known.size <= kept) break
    known.delete(oldest)
  }
  return matcher
}

/** A text as it stands. */
function exact(q: string): Matcher {
  const needle = Buffer.from(q)
  // What is no UTF-8 becomes U+FFFD: only the text has it.
  const isInBytes = !q.includes('\ufffd')
  return {
    mayMatch: (bytes) => !isInBytes || bytes.includes(needle),
    next: (text, from) => lineAround(text, from, text.indexOf(q, from)),
    ranges(line) {
      const found: [number, number][] = []
      for (let at = line.indexOf(q); at !== -1 && found.length < mostRanges; at = line.indexOf(q, at + q.length))
        found.push([at, at + q.length])
      return found
    },
  }
}

/** A text whatever its case. A pattern without choices or repetitions has nothing to go back to. */
function anyCase(q: string): Matcher {
  const pattern = new RegExp(q.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'gi')
  return {
    mayMatch: () => true,
    next(text, from) {
      pattern.lastIndex = from
      return lineAround(text, from, pattern.exec(text)?.index ?? -1)
    },
    ranges(line) {
      // `matchAll` begins where the pattern stands.
      pattern.lastIndex = 0
      return rangesOf(line.matchAll(pattern))
    },
  }
}

/** RE2's language is matched in time proportional to the line, whatever the expression: no tenant can hold the others. */
function expression({ q, case: hasCase }: LogQuery): Matcher {
  const compiled = compile(q, hasCase ? 0 : RE2JS.CASE_INSENSITIVE)
  return {
    mayMatch: () => true,
    next(text, from) {
      for (let start = from; start < text.length; ) {
        const feed = endOfLine(text, start)
        const end = withoutReturn(text, start, feed)
        if (compiled.test(text.slice(start, end))) return { start, end, after: feed + 1 }
        start = feed + 1
      }
      return null
    },
    ranges: (line) => rangesOf(compiled.matchAll(line)),
  }
}

function compile(q: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(q, flags)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const what = error.message.replace(/^error parsing regexp: /, '').replace('`(?i)', '`')
    throw invalid([{ path: 'q', message: `is no regular expression in the syntax of RE2: ${what}` }])
  }
}

function lineAround(text: string, from: number, at: number): Bounds | null {
  if (at === -1) return null
  const start = at === 0 ? 0 : Math.max(from, text.lastIndexOf('\n', at - 1) + 1)
  const feed = endOfLine(text, at)
  return { start, end: withoutReturn(text, start, feed), after: feed + 1 }
}

/** What matches nothing at some place (`^`, `x*`) matches the line, but marks nothing in it. */
function rangesOf(matches: Iterable<{ readonly 0: string; readonly index?: number }>): Ranges {
  const found: [number, number][] = []
  for (const { 0: text, index = 0 } of matches) {
    if (found.length >= mostRanges) break
    if (text.length > 0) found.push([index, index + text.length])
  }
  return found
}
