import { type RangeName, ranges } from './ranges.ts'

/** A stretch of time, in ISO 8601. */
export interface Span {
  readonly since: string
  readonly until: string
}

/** What the overview looks at: a range that ends now, and the part of it that was chosen on the chart. */
export interface Looked {
  readonly range: RangeName
  readonly chosen: Span | null
}

/** The span that figures and lists are of: the chosen one, else the range until now. @param now ms */
export function spanOf({ range, chosen }: Looked, now: number): { readonly since: string; readonly until?: string } {
  return chosen ?? { since: new Date(now - ranges[range].seconds * 1000).toISOString() }
}

/** `in the last day`, or that it is the chosen span. */
export const spanWords = ({ range, chosen }: Looked): string => (chosen === null ? ranges[range].words : 'in this span')

/** The name of what is cached of it. */
export const spanKey = ({ range, chosen }: Looked): string =>
  chosen === null ? range : `${chosen.since} ${chosen.until}`
