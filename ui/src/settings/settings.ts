import { useSyncExternalStore } from 'react'

/** What a person chose in this browser. */
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  /** The zone of all times: the browser's, UTC, or that of the job that they are of. */
  readonly zone: 'mine' | 'utc' | 'job'
  /** Whether single keys do something. */
  readonly keys: boolean
  readonly log: { readonly wrap: boolean; readonly times: boolean }
}

const defaults: Settings = { theme: 'system', zone: 'mine', keys: true, log: { wrap: true, times: false } }

const key = 'hydra_settings'
/** Read before anything is painted, by public/theme.js. */
const themeKey = 'hydra_theme'

let current = load()
const listeners = new Set<() => void>()

function load(): Settings {
  try {
    const kept: Partial<Settings> = JSON.parse(localStorage.getItem(key) ?? '{}')
    const theme = localStorage.getItem(themeKey)
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : 'system',
      zone: kept.zone === 'utc' || kept.zone === 'job' ? kept.zone : 'mine',
      keys: kept.keys !== false,
      log: { wrap: kept.log?.wrap !== false, times: kept.log?.times === true },
    }
  } catch {
    return defaults
  }
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(key, JSON.stringify(current))
    if (current.theme === 'system') localStorage.removeItem(themeKey)
    else localStorage.setItem(themeKey, current.theme)
  } catch {
    // Storage is forbidden: it holds for as long as the page is open.
  }
  for (const tell of listeners) tell()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useSettings = (): Settings => useSyncExternalStore(subscribe, () => current)
