import { expect, test } from 'vitest'
import { heardAt, longestLeasedSilence, longestSilence, look, pingEvery, type Vigil, vigilFrom } from './vigil.ts'

/** Looks every second from 0; says when the supervisor was found hung, or null. */
function watch(seconds: number, events: Record<number, 'pong' | 'asleep'> = {}): number | null {
  let vigil: Vigil = vigilFrom(0)
  for (let second = 1; second <= seconds; second += 1) {
    if (events[second] === 'asleep') continue
    if (events[second] === 'pong') vigil = heardAt(vigil, second * pingEvery)
    const looked = look(vigil, second * pingEvery)
    if (looked.isHung) return second
    vigil = looked.vigil
  }
  return null
}

test('a supervisor that is silent for 30 s is hung', () => {
  expect(watch(100)).toBe(longestSilence / pingEvery)
})

test('with a deadline 3 s are enough', () => {
  expect(look(vigilFrom(0), pingEvery, longestLeasedSilence).isHung).toBe(false)
  expect(look({ lookedAt: 2000, silentSince: 0 }, 3000, longestLeasedSilence).isHung).toBe(true)
})

test('every sign of life begins the count anew', () => {
  expect(watch(55, { 25: 'pong' })).toBe(55)
  expect(watch(54, { 25: 'pong' })).toBe(null)
})

test('an agent that stood still itself convicts nobody', () => {
  const asleep = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i + 2, 'asleep' as const]))
  expect(watch(42 + 29, asleep)).toBe(null)
  expect(watch(42 + 30, asleep)).toBe(72)
})
