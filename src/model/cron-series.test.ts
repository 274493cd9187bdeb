import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCron, lastCron, nextCron } from './cron.ts'

const hour = 3_600_000

/** Walked, tick by tick. */
function walked(line: string, zone: string, from: number, until: number): number[] {
  const ticks: number[] = []
  for (let tick = nextCron(line, zone, from); tick !== null && tick <= until; tick = nextCron(line, zone, tick))
    ticks.push(tick)
  return ticks
}

const lines = fc.constantFrom(
  '*/7 * * * *',
  '30 2 * * *',
  '15,45 1-3 * * *',
  '0 0 * * *',
  '@hourly',
  '*/10 */2 * * MON-FRI',
  '20,40 0,30 23,0 * * *',
  '0 12 1,15 * FRI',
)
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Nuuk',
  'Asia/Kathmandu',
)
/** Around the shifts of spring and autumn. */
const moments = fc
  .tuple(
    fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'),
    fc.integer({ min: -40_000, max: 40_000 }),
  )
  .map(([date, minutes]) => Math.floor((Date.parse(date) + minutes * 6000) / 1000) * 1000)

test('the count of ticks and the last of them are those of a walk, over shifts too', () => {
  fc.assert(
    fc.property(lines, zones, moments, fc.integer({ min: 0, max: 72 * 3600 }), (line, zone, from, seconds) => {
      const until = from + seconds * 1000
      const ticks = walked(line, zone, from, until)
      expect({ line, zone, from, count: countCron(line, zone, from, until) }).toEqual({
        line,
        zone,
        from,
        count: ticks.length,
      })
      expect(lastCron(line, zone, from, until)).toBe(ticks.at(-1) ?? null)
    }),
    { numRuns: 400 },
  )
})

test('a year of seconds is counted without walking', () => {
  const from = Date.parse('2026-01-01T00:00:00Z')
  expect(countCron('* * * * * *', 'Europe/Berlin', from, from + 365 * 24 * hour)).toBe(365 * 86_400)
  expect(lastCron('* * * * * *', 'Europe/Berlin', from, from + 365 * 24 * hour + 1)).toBe(from + 365 * 24 * hour)
})
