import { useSyncExternalStore } from 'react'

// One clock for the whole page: all relative times change in the same frame, and a hidden tab's stands still.

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

function tick(): void {
  if (document.hidden) return
  now = Date.now()
  for (const tell of listeners) tell()
}
document.addEventListener('visibilitychange', tick)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

/** The time, by the second. ms since the epoch */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)
