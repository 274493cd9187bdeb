import { useSyncExternalStore } from 'react'

/** Reads a value of the address; undefined where it cannot be used. */
type Read<T> = (value: string) => T | undefined

export const text =
  (longest = 500): Read<string> =>
  (value) =>
    value.length <= longest ? value : undefined

export const oneOf =
  <const T extends string>(words: readonly T[]): Read<T> =>
  (value) =>
    words.find((word) => word === value)

/** Several words, by commas. */
export const someOf =
  <const T extends string>(words: readonly T[]): Read<readonly T[]> =>
  (value) => {
    const given = value.split(',').map((word) => words.find((known) => known === word))
    const known = given.filter((word) => word !== undefined)
    return known.length === given.length ? known : undefined
  }

export const flag: Read<boolean> = (value) => (value === 'true' ? true : value === 'false' ? false : undefined)

export const whole: Read<number> = (value) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined)

/** A time, as ISO 8601. */
export const moment: Read<string> = (value) => (Number.isNaN(Date.parse(value)) ? undefined : value)

/** A month: `2026-11`. */
export const month: Read<string> = (value) => (/^(?:19|2\d)\d\d-(?:0[1-9]|1[0-2])$/.test(value) ? value : undefined)

/** A line of a log or a range: `120`, `120-130`. */
export const lines: Read<string> = (value) => (/^\d{1,9}(-\d{1,9})?$/.test(value) ? value : undefined)

type Readers = Readonly<Record<string, Read<unknown>>>
type Search<R extends Readers> = { [K in keyof R]?: R[K] extends Read<infer T> ? T : never }

/**
 * What of an address a screen can use. A value that it cannot is left out, and a note says so: never a white page.
 * @param readers by the name in the address
 */
export function searchOf<R extends Readers>(readers: R): (raw: Readonly<Record<string, unknown>>) => Search<R> {
  return (raw) => {
    const search: Search<R> = {}
    for (const name in readers) assign(search, name, readers[name], raw[name])
    return search
  }
}

function assign(search: Record<string, unknown>, name: string, read: Read<unknown> | undefined, raw: unknown): void {
  if (raw === undefined || read === undefined) return
  // What is not said would be taken from the address as it is: the router lays this over it.
  search[name] = undefined
  if (raw === '') return
  const given = Array.isArray(raw) ? raw.join(',') : String(raw)
  const value = read(given)
  if (value === undefined) noteDropped(`${name}=${given}`)
  else search[name] = value
}

let dropped: readonly string[] = []
const listeners = new Set<() => void>()

function noteDropped(what: string): void {
  if (dropped.includes(what)) return
  dropped = [...dropped, what.slice(0, 60)]
  // Addresses are read while the page is drawn.
  queueMicrotask(() => {
    for (const tell of listeners) tell()
  })
}

export function forgetDropped(): void {
  dropped = []
  for (const tell of listeners) tell()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What of the address could not be used. */
export const useDropped = (): readonly string[] => useSyncExternalStore(subscribe, () => dropped)

/** The query of an address as plain texts: nothing in it is guessed to be a number. */
export const parseSearch = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query))

export function writeSearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== '')
      params.set(name, Array.isArray(value) ? value.join(',') : String(value))
  // Commas are not reserved in a query, and lists are read by people.
  return params.size === 0 ? '' : `?${params.toString().replaceAll('%2C', ',')}`
}
