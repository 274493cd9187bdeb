import { expect, test } from 'vitest'
import { bucketFor, countsOf, daysOf, monthAfter, monthOf } from './month.ts'

const iso = (at: number | undefined): string => new Date(at ?? 0).toISOString()
const hour = 3_600_000

test('a month has its days by the clock of a zone: one that shifts it is longer or shorter, and weeks begin on Monday', () => {
  const { days, before } = daysOf('2026-03', 'Europe/Berlin')
  expect(days).toHaveLength(31)
  // The first is a Sunday.
  expect(before).toBe(6)
  expect(iso(days[0]?.from)).toBe('2026-02-28T23:00:00.000Z')
  expect(iso(days[30]?.until)).toBe('2026-03-31T22:00:00.000Z')
  expect(days.map(({ from, until }) => (until - from) / hour).filter((length) => length !== 24)).toEqual([23])
  const october = daysOf('2026-10', 'Europe/Berlin').days
  expect(october.map(({ from, until }) => (until - from) / hour).filter((length) => length !== 24)).toEqual([25])
  for (const zone of ['America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Havana'])
    for (const month of ['2026-03', '2026-10', '2026-11']) {
      const all = daysOf(month, zone).days
      expect(all.slice(1).map(({ from }) => from)).toEqual(all.slice(0, -1).map(({ until }) => until))
      // By the zone's own clock each day begins as it is called.
      for (const { date, from } of all)
        expect(new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(from)).toBe(date)
    }
  expect([bucketFor(days), bucketFor(daysOf('2026-03', 'Asia/Kolkata').days)]).toEqual([3600, 1800])
})

test('months follow each other over years, and a moment is in the month that its zone shows', () => {
  expect([monthAfter('2026-12', 1), monthAfter('2026-01', -1), monthAfter('2026-05', 0)]).toEqual([
    '2027-01',
    '2025-12',
    '2026-05',
  ])
  const late = Date.parse('2026-10-31T23:30:00Z')
  expect([monthOf(late, 'UTC'), monthOf(late, 'Europe/Berlin')]).toEqual(['2026-10', '2026-11'])
})

test('each day has what ended in it, the ticks that had no run, and what is planned', () => {
  const { days } = daysOf('2026-11', 'Europe/Berlin')
  const bucket = (start: string, counts: Record<string, number>) => ({
    ...{ start, total: 0, success: 0, failed: 0, timed_out: 0, cancelled: 0 },
    ...{ duration: { p50: null, p95: null }, queue: { p50: null, p95: null }, ...counts },
  })
  const row = (outcome: 'skipped' | 'missed', from: string, to: string, count: number) => ({
    ...{ outcome, from, to, count, reason: null, run_id: null, status: null, of: null },
  })
  const counts = countsOf(days, {
    stats: {
      ...{ since: '', until: '', bucket: 3600 },
      buckets: [
        bucket('2026-11-01T22:00:00.000Z', { success: 2 }),
        bucket('2026-11-01T23:00:00.000Z', { success: 3, failed: 1, timed_out: 1, cancelled: 1 }),
      ],
    },
    planned: {
      ...{ since: '', until: '', bucket: 3600 },
      buckets: [{ start: '2026-11-29T23:00:00.000Z', planned: 7 }],
    },
    rows: [
      row('skipped', '2026-11-03T10:00:00.000Z', '2026-11-03T11:00:00.000Z', 5),
      row('missed', '2026-11-04T23:00:00.000Z', '2026-11-06T23:00:00.000Z', 48),
    ],
  })
  const none = { success: 0, failed: 0, cancelled: 0, skipped: 0, missed: 0, planned: 0 }
  expect(counts[0]).toEqual({ ...none, success: 2 })
  expect(counts[1]).toEqual({ ...none, success: 3, failed: 2, cancelled: 1 })
  expect(counts[2]).toEqual({ ...none, skipped: 5 })
  expect(counts.slice(3, 8).map(({ missed }) => missed)).toEqual([0, 24, 24, 1, 0])
  expect(counts[29]).toEqual({ ...none, planned: 7 })
})
