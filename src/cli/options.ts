import { InvalidArgumentError } from 'commander'
import { parseMoment, parseSpan } from './text.ts'

/** Reads a whole number of at least `least`. @throws InvalidArgumentError, which commander shows with the option's name */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
  }

/** Reads a span, in seconds. */
export function seconds(text: string): number {
  const value = parseSpan(text)
  if (value !== null) return value
  throw new InvalidArgumentError('It must be a span such as 90, 30s, 5m, 2h or 7d.')
}

/** Reads a moment, in ms: a span before now, or a time. */
export function moment(text: string): number {
  const value = parseMoment(text, Date.now())
  if (value !== null) return value
  throw new InvalidArgumentError(
    'It must be a span before now such as 10m or 2h, or a time such as 2026-01-31T08:00:00Z.',
  )
}

/** Reads one of some words. */
export const oneOf =
  <const Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`)
  }

/** Reads a list of some words, with commas between them. */
export const someOf =
  <const Word extends string>(words: readonly Word[]) =>
  (text: string): readonly Word[] =>
    text.split(',').map((word) => oneOf(words)(word.trim()))

/** Reads a regular expression. */
export function expression(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : 'It is no regular expression.')
  }
}
