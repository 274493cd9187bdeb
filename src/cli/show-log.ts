import { type HydraClient, type LogEvent, type RunWithAttempts, UnreachableError } from '../client/index.ts'
import { foundLines, lineOf, serversOwn } from './found-lines.ts'
import { isChosen, isShown, Last, type LineChoice, LineJoiner, type LogLine } from './log-lines.ts'
import type { Output } from './output.ts'
import type { Session } from './session.ts'
import { TerminalFilter } from './terminal-filter.ts'

/** What of a run's log is shown, and how. */
export interface LogChoice extends LineChoice {
  /** Null: all. */
  readonly tail: number | null
  /** Not just what there is: until the run is over. */
  readonly follow: boolean
  /** Control characters reach the terminal. */
  readonly raw: boolean
}

export const wholeLog: LogChoice = {
  stream: null,
  attempts: null,
  since: null,
  grep: null,
  tail: null,
  follow: true,
  raw: false,
}

/** A server that is away for so long is given up. ms */
export const patience = 600_000

/** Shows a run's log as it is chosen. Resolves when there is no more of it, or nobody reads any more. */
export async function showLog(
  { client, out }: Session,
  runId: string,
  choice: LogChoice,
  signal?: AbortSignal,
): Promise<void> {
  const view = viewOf(out, choice)
  const options = {
    ...(signal && { signal }),
    giveUpAfter: patience,
    // It has told which run this is: one that goes away right then comes back like any other.
    hasAnswered: true,
    onConnection: (lost: string | null): void =>
      out.say(lost === null ? 'The connection stands again.' : `The connection is lost (${lost}); trying again…`),
  }
  try {
    const some = (await lastLines(client, runId, choice)) ?? (await linesFound(client, runId, choice, signal))
    if (some !== null) return await view.lines?.(some)
    // What there is comes first by itself where the end of that is what is asked for.
    const seen = choice.tail === null ? null : await take(client.runs.soFar(runId, options), view, out)
    await view.present?.()
    if (seen?.isOver || (seen && !choice.follow)) return
    const following = { ...options, lastEventId: seen?.id ?? null }
    const events = choice.follow ? client.runs.follow(runId, following) : client.runs.soFar(runId, following)
    await take(events, view, out)
  } finally {
    await view.end()
  }
}

/**
 * The last lines where nothing else is asked for: the server knows where they are, however long the log is. Null where it
 * has to be read: more of them than one answer holds or than the newest attempt has, or one that is too long for it.
 */
async function lastLines(client: HydraClient, runId: string, choice: LogChoice): Promise<readonly LogLine[] | null> {
  const { tail, follow, stream, attempts, since, grep } = choice
  const isMore = follow || stream !== null || attempts !== null || since !== null || grep !== null
  if (isMore || tail === null || tail === 0 || tail > mostLines) return null
  const { attempt, lines } = await client.logs.lines(runId, { from: -tail, count: tail })
  if (lines.length < tail || lines.some(({ cut }) => cut)) return null
  return lines.map(({ n, ts, stream, text }) => lineOf(attempt, { n, ts, stream, text }))
}

/** The lines of what there is now in which the server finds what is looked for. Null where all has to be read. */
async function linesFound(
  client: HydraClient,
  runId: string,
  { grep, follow, stream, attempts }: LogChoice,
  signal: AbortSignal | undefined,
): Promise<readonly LogLine[] | null> {
  if (grep === null || follow || !serversOwn(grep)) return null
  const all = (await client.runs.get(runId, { tail: 0 })).attempts.map(({ attempt }) => attempt)
  return foundLines(client, runId, attempts === null ? all : [...attempts], { grep, stream }, signal)
}

/** Lines of one answer. */
const mostLines = 1000

/** Gives a view what comes. @returns where it ended */
async function take(
  events: AsyncIterable<LogEvent>,
  view: View,
  out: Output,
): Promise<{ readonly id: string; readonly isOver: boolean }> {
  let last = { id: '', isOver: false }
  for await (const event of events) {
    if (out.isClosed) return { ...last, isOver: true }
    if (event.event === 'log_chunk') await view.push(event)
    last = { id: event.id, isOver: event.event === 'end' }
  }
  return last
}

/** Shows pieces of a log. */
interface View {
  push(event: LogEvent & { readonly event: 'log_chunk' }): Promise<void>
  /** Lines that were not joined here. */
  readonly lines?: (some: readonly LogLine[]) => Promise<void>
  /** All that there was so far has come. */
  readonly present?: () => Promise<void>
  end(): Promise<void>
}

function viewOf(out: Output, choice: LogChoice): View {
  const isWhole = choice.tail === null && choice.since === null && choice.grep === null
  return isWhole && out.format === 'text' ? pieces(out, choice) : lines(out, choice)
}

/** Text as it comes. */
function pieces(out: Output, choice: LogChoice): View {
  const safe = onTerminal(out, choice)
  return {
    push: async ({ data }) => {
      if (isChosen(data, choice)) await out.write(safe.push(data.stream, data.text))
    },
    end: () => out.write(safe.end()),
  }
}

/** Whole lines. */
function lines(out: Output, choice: LogChoice): View {
  const safe = onTerminal(out, choice)
  const joiner = new LineJoiner()
  const printer = printerOf(out, (line) => safe.push(line.stream, `${line.text}\n`))
  let last = choice.tail === null ? null : new Last<LogLine>(choice.tail)
  const show = async (some: readonly LogLine[]): Promise<void> => {
    for (const line of some)
      if (isShown(line, choice)) {
        if (last) last.push(line)
        else await printer.print(line)
      }
  }
  const present = async (): Promise<void> => {
    const kept = last?.all() ?? []
    last = null
    for (const line of kept) await printer.print(line)
  }
  return {
    push: ({ data }) => show(joiner.push(data)),
    lines: show,
    // A line that is still being written is not the last one yet: it comes when it is whole.
    present,
    end: async () => {
      await show(joiner.end())
      await present()
      await printer.end()
      await out.write(safe.end())
    },
  }
}

/** Lines as text, as objects, or as the entries of one array. */
function printerOf(out: Output, textOf: (line: LogLine) => string) {
  let count = 0
  return {
    async print(line: LogLine): Promise<void> {
      const before = out.format === 'json' ? (count === 0 ? '[\n' : ',\n') : ''
      const after = out.format === 'jsonl' ? '\n' : ''
      count += 1
      await out.write(out.format === 'text' ? textOf(line) : before + JSON.stringify(line) + after)
    },
    end: async (): Promise<void> => {
      if (out.format === 'json') await out.write(count === 0 ? '[]\n' : '\n]\n')
    },
  }
}

/** A job's output must not steer the terminal of who looks at it; files and programs get it as it is. */
function onTerminal(out: Output, { raw }: LogChoice) {
  const filters = new Map<string, TerminalFilter>()
  const isSafe = raw || !out.isTerminal
  return {
    push(stream: string, text: string): string {
      if (isSafe) return text
      const filter = filters.get(stream) ?? new TerminalFilter({ colors: out.colors })
      filters.set(stream, filter)
      return filter.push(text)
    },
    end: (): string => [...filters.values()].map((filter) => filter.end()).join(''),
  }
}

/** The attempts that did not succeed. */
export const failedAttempts = ({ attempts }: RunWithAttempts): ReadonlySet<number> =>
  new Set(attempts.filter(({ outcome }) => outcome !== null && outcome !== 'success').map(({ attempt }) => attempt))

/** The log so far as the bytes that were written: nothing of it is lost on the way, whatever it is. */
export async function copyLog({ client, out }: Session, runId: string, choice: LogChoice): Promise<void> {
  const stream = choice.stream === null ? {} : { stream: choice.stream }
  const parts = choice.attempts === null ? [{}] : [...choice.attempts].map((attempt) => ({ attempt }))
  for (const part of parts) {
    const reader = (await client.runs.log(runId, { ...stream, ...part })).getReader()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || out.isClosed) break
        await out.write(value)
      }
    } catch (error) {
      throw new UnreachableError(client.server, 'broke off in the middle of the log', error)
    } finally {
      await reader.cancel().catch(() => {})
    }
  }
}
