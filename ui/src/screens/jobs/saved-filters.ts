import { useSyncExternalStore } from 'react'

/** What a list of jobs is narrowed and sorted by, as it stands in the address, under a name of this browser's user. */
export interface SavedFilter {
  readonly name: string
  readonly search: Readonly<Record<string, string>>
}

const key = 'hydra_job_filters'
/** As many as a menu can hold. */
const most = 50

let current = read(stored())
const listeners = new Set<() => void>()

function stored(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    // Storage is forbidden.
    return null
  }
}

/** What of a kept text is filters; a text that somebody broke is none. Pure. */
export function read(text: string | null): readonly SavedFilter[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept) ? kept.flatMap(filterIn) : []
  } catch {
    return []
  }
}

function filterIn(value: unknown): readonly SavedFilter[] {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('search' in value)) return []
  const { name, search } = value
  if (typeof name !== 'string' || typeof search !== 'object' || search === null) return []
  return [{ name, search: textsOf(search) }]
}

/** A search as texts, in the order of their names, without what is not set. Pure. */
export function textsOf(search: object): Readonly<Record<string, string>> {
  const set = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const texts = set.map(([name, value]) => [name, String(value)] as const)
  return Object.fromEntries(texts.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Keeps a filter; one of the same name is replaced. */
export const saveFilter = ({ name, search }: SavedFilter): void =>
  become([...current.filter((one) => one.name !== name), { name, search }].slice(-most))

export const forgetFilter = (name: string): void => become(current.filter((one) => one.name !== name))

function become(next: readonly SavedFilter[]): void {
  current = next
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // They are there for as long as the page is open.
  }
  for (const tell of listeners) tell()
}

const subscribe = (listener: () => void): (() => void) => {
  const other = (event: StorageEvent): void => {
    // Another tab of this browser changed them.
    if (event.key !== key) return
    current = read(event.newValue)
    listener()
  }
  listeners.add(listener)
  window.addEventListener('storage', other)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', other)
  }
}

/** Those that are kept now. */
export const present = (): readonly SavedFilter[] => current

export const useSavedFilters = (): readonly SavedFilter[] => useSyncExternalStore(subscribe, present)

/** The address that a saved filter leads to, within the page. Pure. */
export const filterHref = ({ search }: SavedFilter): string => `/jobs?${new URLSearchParams(search)}`

/** The one that is what the list is narrowed by. Pure. */
export const sameFilter = (filters: readonly SavedFilter[], search: object): SavedFilter | undefined => {
  const wanted = JSON.stringify(textsOf(search))
  return filters.find((one) => JSON.stringify(textsOf(one.search)) === wanted)
}
