import { pino } from 'pino'
import { redactFields, redactText } from './redact.ts'

/** From the most to the least talkative; `silent` writes nothing. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** What a line says besides its sentence. An `Error` (usually under `error`) is written with its code, stack and cause. */
export type LogFields = Readonly<Record<string, unknown>>

/** How the parts of the program speak to whoever runs it. Tokens and passwords are taken out on the way. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose lines all carry these fields; `part` names the part of the program. */
  child(fields: LogFields): Log
}

/** Takes whole lines, each with its line feed. */
export interface LineSink {
  write(line: string): void
}

export interface LogOptions {
  readonly level: LogLevel
  /** Readable lines for a person instead of JSON lines; by default when standard error is a terminal. */
  readonly terminal?: boolean
  /** Colours in the readable lines. */
  readonly color?: boolean
  /** Where the lines go; by default standard error, since standard output belongs to what a command answers. */
  readonly sink?: LineSink
}

/**
 * Opens the log. Lines are written at once, not buffered: what is logged just before a crash is there after it. JSON
 * lines are `{level, time (ISO 8601, UTC), msg, …fields}`.
 */
export function openLog({ level, terminal, color = false, sink }: LogOptions): Log {
  const lines = sink ?? pino.destination({ fd: 2, sync: true })
  const readable = terminal ?? (sink === undefined && process.stderr.isTTY === true)
  const settings: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  // A formatter in a worker thread would lose the last lines of a process that dies; this one runs in place.
  return wrap(pino(settings, readable ? { write: (line) => lines.write(forPeople(line, color)) } : lines), {})
}

/** A log that says nothing, for tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

type Level = Exclude<LogLevel, 'silent'>

/** The fields of a child are kept here and not in pino's own child, which writes a name twice that is given twice. */
function wrap(logger: Pick<pino.Logger, Level | 'isLevelEnabled'>, own: Record<string, unknown>): Log {
  const say =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(level)) logger[level]({ ...own, ...clean(fields) }, redactText(message))
    }
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (fields) => wrap(logger, { ...own, ...clean(fields) }),
  }
}

const reserved: readonly string[] = ['level', 'time', 'msg']

/** The fields without secrets; one named as a line's own gets a trailing underscore, or that would stand there twice. */
const clean = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(redactFields(fields)).map(([key, value]) => [reserved.includes(key) ? `${key}_` : key, value]),
  )

const colors: Readonly<Record<string, number>> = { debug: 90, info: 36, warn: 33, error: 31 }

/** `08:15:02.113 INFO  dispatch: gave out 3 runs domain=prod`, a stack on lines of its own. The time is local. */
function forPeople(line: string, color: boolean): string {
  const { level, time, msg, part, ...fields }: Record<string, unknown> = JSON.parse(line)
  const at = new Date(String(time))
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
  const stamp = `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`
  const word = String(level).toUpperCase().padEnd(5)
  const shown = color ? `\u001b[${colors[String(level)] ?? 0}m${word}\u001b[0m` : word
  const stacks: string[] = []
  const words = Object.entries(fields).map(([key, value]) => `${key}=${inWords(value, stacks)}`)
  const sentence = `${part === undefined ? '' : `${String(part)}: `}${printable(String(msg ?? ''))}`
  return `${[stamp, shown, sentence, ...words].join(' ')}\n${stacks.map((stack) => `${stack}\n`).join('')}`
}

function inWords(value: unknown, stacks: string[]): string {
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    stacks.push(String(value.stack).replace(/^/gm, '    '))
    return JSON.stringify(value.message)
  }
  return typeof value === 'string' && /^[\w@%+:./,-]+$/.test(value) ? value : JSON.stringify(value)
}

/** A name that someone gave a job must not move the cursor of who reads the log. */
const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1).replace('\u007f', '\\u007f'))
