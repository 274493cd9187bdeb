import { expect, test } from 'vitest'
import { looked, type Sightings } from './silence.ts'

/** Looks each second at one session with a TTL of 10 s; the seconds at which it is silent. */
function watch(heartbeatAt: (second: number) => number | null, late: readonly number[] = []): readonly number[] {
  let seen: Sightings = new Map()
  const silentAt: number[] = []
  for (let second = 0; second <= 40; second += 1) {
    const beat = { session: 's', ttl: 10_000, heartbeat: heartbeatAt(second) }
    const { sightings, silent } = looked(seen, [beat], second * 1000, late.includes(second))
    seen = sightings
    if (silent.length > 0) silentAt.push(second)
  }
  return silentAt
}

test('a session is silent a TTL after its heartbeat changed for the last time', () => {
  expect(watch((second) => Math.min(second, 20))[0]).toBe(30)
})

test('a heartbeat of another clock is a sign of life as long as it changes', () => {
  expect(watch((second) => 1e15 - second)).toEqual([])
})

test('who is missing in the broker is not dead, only silent', () => {
  expect(watch((second) => (second < 5 ? second : null))[0]).toBe(15)
  expect(watch((second) => (second % 9 === 0 ? null : second))).toEqual([])
})

test('a scheduler that was stopped itself convicts nobody before another TTL is over', () => {
  expect(watch(() => 7, [9, 15])[0]).toBe(25)
})

test('a session that is over is forgotten', () => {
  const { sightings } = looked(new Map([['gone', { heartbeat: 1, since: 0 }]]), [], 1000, false)
  expect(sightings.size).toBe(0)
})
