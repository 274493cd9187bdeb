const mark = 'code='

/**
 * The code in the address's fragment, which no server and no log sees; null where there is none. It is taken out of the
 * address and of the history at once: who looks over a shoulder, or shares the address, has no use for it.
 */
export function takeCode(): string | null {
  const { hash, pathname, search } = window.location
  if (!hash.startsWith(`#${mark}`)) return null
  history.replaceState(history.state, '', `${pathname}${search}`)
  return hash.slice(1 + mark.length) || null
}

/** Whether the address has a code: who opens a link to sign in wants to be that one. */
export const hasCode = (): boolean => window.location.hash.startsWith(`#${mark}`)
