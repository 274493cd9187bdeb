import { type KeyboardEvent, useState } from 'react'

/** The bar that the keyboard is at, and where a choice by Shift began. */
export interface BarPlace {
  readonly at: number
  readonly from: number
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

/** The place after a key; null where the key is none of these. Pure. @param count of bars */
export function movedBy(key: string, isHeld: boolean, { at, from }: BarPlace, count: number): BarPlace | null {
  const step = steps[key]
  if (step === undefined || count === 0) return null
  const next = Math.min(count - 1, Math.max(0, at + step))
  return { at: next, from: isHeld ? from : next }
}

/** A chart by the keyboard: arrows go from bar to bar, Shift takes several, Enter chooses them, Escape lets go. */
export function useBarKeys(
  count: number,
  { choose, letGo }: { readonly choose: (first: number, last: number) => void; readonly letGo: () => void },
) {
  const [place, setPlace] = useState<BarPlace | null>(null)
  const here = place ?? { at: count - 1, from: count - 1 }
  function onKeyDown(event: KeyboardEvent): void {
    const moved = movedBy(event.key, event.shiftKey, here, count)
    if (moved !== null) setPlace(moved)
    else if (event.key === 'Enter') choose(Math.min(here.at, here.from), Math.max(here.at, here.from))
    else if (event.key === 'Escape') letGo()
    else return
    event.preventDefault()
  }
  return { place, here, onKeyDown, onFocus: () => setPlace(here), onBlur: () => setPlace(null) }
}
