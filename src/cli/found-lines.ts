import type { HydraClient } from '../client/index.ts'
import type { LineChoice, LogLine } from './log-lines.ts'

/** Characters that stand for themselves in the languages of JavaScript and of RE2, choices between such texts, and anchors. */
const sameInBoth = /^[^\\.*+?()[\]{}\r\n]{1,1000}$/u

/** JavaScript escapes a slash, which means nothing elsewhere. */
const writtenPlainly = ({ source }: RegExp): string => source.replaceAll('\\/', '/')

/** Whether the server would find with an expression exactly what is found here. Pure. */
export const serversOwn = (grep: RegExp): boolean => sameInBoth.test(writtenPlainly(grep))

/** Lines from which on a log is rather read. */
const most = 10_000

/**
 * The lines of some attempts that an expression is found in, by the server's own search: a long log is not read for the sake of a few
 * of its lines. @returns null where it has to be read: it has many such lines, or one that is longer than an answer shows
 */
export async function foundLines(
  client: HydraClient,
  runId: string,
  attempts: readonly number[],
  { grep, stream }: { readonly grep: RegExp } & Pick<LineChoice, 'stream'>,
  signal?: AbortSignal,
): Promise<readonly LogLine[] | null> {
  const found: LogLine[] = []
  const query = {
    q: writtenPlainly(grep),
    regex: true,
    case: true,
    count: false,
    limit: 1000,
    ...(stream && { stream }),
  }
  for (const attempt of attempts)
    for (let from: number | null = 1; from !== null; ) {
      const page = await client.logs.search(runId, { ...query, attempt, from }, signal)
      if (page.hits.some(({ cut }) => cut) || found.length + page.hits.length > most) return null
      for (const { n, ts, stream, text } of page.hits) found.push(lineOf(attempt, { n, ts, stream, text }))
      from = page.next
    }
  return found
}

/** @param ts Unix seconds */
export const lineOf = (
  attempt: number,
  { ts, ...line }: Omit<LogLine, 'attempt' | 'ts'> & { readonly ts: number },
): LogLine => ({
  attempt,
  ...line,
  ts: new Date(ts * 1000).toISOString(),
})
