import { z } from 'zod'
import { latestTime } from './time.ts'

/**
 * Building bricks for what users send: null means the default, an empty name means absent, `"5"` and 5.0 are whole
 * numbers, unknown fields are dropped. Source: the wire contract, "General rules" and "Job definition".
 */

const nullIsAbsent = (value: unknown): unknown => (value === null ? undefined : value)
const emptyIsAbsent = (value: unknown): unknown => (value === null || value === '' ? undefined : value)

/** `"5"`, `"-5"`, 5 and 5.0 → the whole number; everything else stays what it is, for the schema to refuse. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.0*)?\s*$/.test(value) ? Number(value) : value
}

/** A whole number within bounds; a string of digits is read as such. */
export const whole = (least: number, most: number) => {
  const notWhole = 'must be a whole number'
  const [tooSmall, tooBig] = [`must be at least ${least}`, `must be at most ${most}`]
  // To zod a whole number beyond the exact ones is too big or too small already: it is told of once, and by the bound.
  const notInt = ({ code }: { readonly code: string }): string =>
    code === 'too_big' ? tooBig : code === 'too_small' ? tooSmall : notWhole
  return z.preprocess(
    asNumber,
    z
      .number({ error: notWhole })
      .int({ error: notInt, abort: true })
      .min(least, { error: tooSmall })
      .max(most, { error: tooBig }),
  )
}

/** As `whole`, with a default for what is absent or null. */
export const wholeOr = (least: number, most: number, otherwise: number) =>
  z.preprocess((value) => asNumber(nullIsAbsent(value)) ?? otherwise, whole(least, most))

/** As `whole`, where absent and null both mean null. */
export const wholeOrNull = (least: number, most: number) =>
  z.preprocess((value) => asNumber(emptyIsAbsent(value)) ?? null, whole(least, most).nullable())

/** Text that a process, a document and a terminal can carry: no null byte, no lone surrogate. */
export const text = (most: number) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a string') })
    .max(most, { error: `must have at most ${most} characters` })
    .refine((value) => !value.includes('\0'), { error: 'must not contain a null character' })
    .refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' })

/** As `text`, and more than white space. */
export const filled = (most: number) =>
  text(most).refine((value) => value.trim() !== '', { error: 'must not be blank' })

/** A name with a default: absent, null and empty mean `otherwise`. */
export const nameOr = (otherwise: string, most = 200) =>
  z.preprocess((value) => emptyIsAbsent(value) ?? otherwise, filled(most))

/** A name, or null where it is absent, null or empty. */
export const nameOrNull = (most = 200) => z.preprocess((value) => emptyIsAbsent(value) ?? null, filled(most).nullable())

/** A flag; the words true and false are read as such. */
export const flagOr = (otherwise: boolean) =>
  z.preprocess(
    (value) => {
      if (value === 'true') return true
      if (value === 'false') return false
      return nullIsAbsent(value) ?? otherwise
    },
    z.boolean({ error: 'must be true or false' }),
  )

/** One of some words, with a default for absent, null and empty. */
export const wordOr = <const W extends readonly [string, ...string[]]>(words: W, otherwise: W[number]) =>
  z.preprocess(
    (value) => emptyIsAbsent(value) ?? otherwise,
    z.enum(words, { error: `must be one of ${words.join(', ')}` }),
  )

/** A list of texts; null means empty, empty texts are dropped. */
export const texts = (most = 1000, length = 8192) =>
  z.preprocess(
    (value) => {
      if (value === null || value === undefined) return []
      return Array.isArray(value) ? value.filter((item) => item !== '' && item !== null) : value
    },
    z
      .array(text(length), { error: 'must be a list of strings' })
      .max(most, { error: `must have at most ${most} entries` }),
  )

/** The arguments of a command: as `texts`, but an empty argument is an argument. */
export const argumentList = () =>
  z.preprocess(
    (value) => nullIsAbsent(value) ?? [],
    z
      .array(text(131_072), { error: 'must be a list of strings' })
      .max(10_000, { error: 'must have at most 10000 entries' }),
  )

/** Environment variables: names without `=`; numbers and flags as values become text. */
export const environment = () =>
  z.preprocess(
    (value) => {
      if (value === null || value === undefined) return {}
      if (typeof value !== 'object' || Array.isArray(value)) return value
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([name, item]) => [name, typeof item === 'number' || typeof item === 'boolean' ? String(item) : item]),
      )
    },
    z.record(
      z
        .string()
        .regex(/^[^=\0]+$/, { error: 'is not a name for a variable' })
        .max(1000),
      text(131_072),
      {
        error: ({ code }) =>
          code === 'invalid_key' ? 'has a name that no variable can have' : 'must be an object of strings',
      },
    ),
  )

/** Marks a schema whose input is a text of this format (JSON Schema, "format"): what is checked is what was read from it. */
export const readFromText = 'x-read-from'

/** A time: ISO 8601, UTC where it names no offset; → milliseconds since the epoch, or null. */
export const timeOrNull = () =>
  z.preprocess(
    (value) => {
      const given = emptyIsAbsent(value)
      if (given === undefined) return null
      // A number is refused: nobody can tell whether seconds or milliseconds were meant.
      return typeof given === 'string' ? (parseTime(given) ?? given) : 'not a time'
    },
    z
      .number({ error: 'must be a time such as 2026-01-31T08:00:00Z' })
      .min(0, { error: 'must not be before 1970' })
      .max(latestTime, { error: 'must not be after the year 9999' })
      .nullable()
      .meta({ [readFromText]: 'date-time' }),
  )

const shape = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** ISO 8601 → milliseconds since the epoch; a time without an offset is UTC; null for what is not a time. */
export function parseTime(given: string): number | null {
  const parts = shape.exec(given.trim())
  if (!parts) return null
  const [, date, clock = '00:00', zone = 'Z'] = parts
  const seconds = clock.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1')
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()
  const at = Date.parse(`${date}T${seconds}${offset}`)
  // Date.parse takes 31 February for 3 March: a date that does not exist must be refused, not moved.
  const day = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(at) || new Date(day).toISOString().slice(0, 10) !== date ? null : at
}
