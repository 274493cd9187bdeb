import { useSyncExternalStore } from 'react'

/** Who is signed in here. */
export interface Session {
  readonly token: string
  /** The domain that an admin chose; null: all. */
  readonly domain: string | null
  /** Whether the browser keeps the token, or this tab alone. */
  readonly remembered: boolean
}

type State = { readonly session: Session } | { readonly session: null; readonly why: string | null }

const tokenKey = 'hydra_token'
const domainKey = 'hydra_domain'

let state: State = load()
const listeners = new Set<() => void>()

function load(): State {
  const kept = read(sessionStorage, tokenKey)
  const remembered = read(localStorage, tokenKey)
  const token = kept ?? remembered
  if (token === null) return { session: null, why: null }
  return { session: { token, domain: read(sessionStorage, domainKey), remembered: kept === null } }
}

/** Storage may be forbidden, or full: then a token lives as long as the page does. */
function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key) || null
  } catch {
    return null
  }
}

function write(storage: Storage, key: string, value: string | null): void {
  try {
    if (value === null) storage.removeItem(key)
    else storage.setItem(key, value)
  } catch {
    // As above.
  }
}

function become(next: State): void {
  state = next
  const { session } = next
  write(sessionStorage, tokenKey, session !== null && !session.remembered ? session.token : null)
  write(localStorage, tokenKey, session?.remembered === true ? session.token : null)
  write(sessionStorage, domainKey, session?.domain ?? null)
  for (const tell of listeners) tell()
}

export function signIn(token: string, remembered: boolean): void {
  become({ session: { token, domain: null, remembered } })
}

/** @param why what the sign-in shows, such as that the token ended */
export function signOut(why: string | null = null): void {
  if (state.session !== null) become({ session: null, why })
}

/** An admin looks at one domain, or at all. What was fetched of the other is dropped with its client. */
export function chooseDomain(domain: string | null): void {
  if (state.session !== null) become({ session: { ...state.session, domain } })
}

// Signed out in another tab: the remembered token is gone for all.
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === tokenKey && newValue === null && state.session?.remembered) become({ session: null, why: null })
})

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useSessionState = (): State => useSyncExternalStore(subscribe, () => state)
