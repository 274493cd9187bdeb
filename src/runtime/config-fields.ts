import { z } from 'zod'
import { absoluteFolder } from './data-dir.ts'
import { type LogLevel, logLevels } from './log.ts'

/** The variables of a process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that cannot be used. The message is one sentence that names it, fit to be shown and then to exit with 1. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * The schema of one variable: a text in, a value out; an empty or blank text is the same as none, and gives `otherwise`.
 * `read` answers undefined to what it cannot use, and the sentence then goes on with `must`.
 */
export const variable = <Value, Otherwise>(
  must: string,
  otherwise: Otherwise,
  read: (text: string) => Value | undefined,
) =>
  z
    .string()
    .optional()
    .transform((raw, context): Value | Otherwise => {
      const text = raw?.trim() ?? ''
      if (text === '') return otherwise
      const value = read(text)
      if (value !== undefined) return value
      context.addIssue({ code: 'custom', message: `must be ${must}` })
      return z.NEVER
    })

/** A whole number in decimal digits. */
export const whole = (least: number, most: number, otherwise: number) =>
  variable(`a whole number from ${least} to ${most}`, otherwise, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  })

const flags = new Map([
  ...['1', 'true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, false] as const),
])

export const flag = (otherwise: boolean) => variable('1 or 0', otherwise, (text) => flags.get(text.toLowerCase()))

/** A comma-separated list; blanks around its entries and empty entries are dropped. */
export const list = (otherwise: readonly string[] = []) =>
  variable('a comma-separated list', otherwise, (text): readonly string[] => split(text))

const split = (text: string): readonly string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/** A text of a given form. */
export const form = <Otherwise>(must: string, otherwise: Otherwise, pattern: RegExp, except: readonly string[] = []) =>
  variable(must, otherwise, (text) => (pattern.test(text) && !except.includes(text) ? text : undefined))

/** One of some words, in any case. */
export const oneOf = <const Word extends string>(words: readonly Word[], otherwise: Word) =>
  variable(`one of ${words.join(', ')}`, otherwise, (text) => words.find((word) => word === text.toLowerCase()))

/** A token: what an HTTP header can carry. */
export const token = () => form('a text of printable characters without blanks', null, /^[\x21-\x7e]{1,4096}$/)

export const domainName = (otherwise: string) =>
  form(
    'a name of at most 63 letters, digits, dots, underscores and hyphens that begins with a letter or digit and is not pending',
    otherwise,
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    ['pending'],
  )

/** The words of other systems' logs are understood too, Python's among them. */
const levels = new Map<string, LogLevel>([
  ...logLevels.map((level) => [level, level] as const),
  ['trace', 'debug'],
  ['warning', 'warn'],
  ['critical', 'error'],
  ['fatal', 'error'],
  ['off', 'silent'],
])

export const level = () =>
  variable<LogLevel, LogLevel>(`one of ${logLevels.join(', ')}`, 'info', (text) => levels.get(text.toLowerCase()))

/** Whole origins (`https://jobs.example.com`), or `*` for all. */
export const origins = (otherwise: readonly string[]) =>
  variable('a comma-separated list of origins such as https://jobs.example.com, or *', otherwise, (text) => {
    const entries = split(text)
    if (entries.includes('*')) return '*'
    const read = entries.map(originOf)
    return read.includes(undefined) ? undefined : read.filter((origin) => origin !== undefined)
  })

function originOf(text: string): string | undefined {
  if (text === 'null' || !URL.canParse(text)) return undefined
  const { origin, pathname, search, hash } = new URL(text)
  return origin !== 'null' && pathname === '/' && search === '' && hash === '' ? origin : undefined
}

/** A folder, made absolute. */
export const folder = (otherwise: string) =>
  z
    .string()
    .optional()
    .transform((raw) => absoluteFolder(raw?.trim() || otherwise))
