import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cronFault, nextCron } from './cron.ts'
import { preview } from './preview.ts'
import { Schedule } from './schedule.ts'

const page = readFileSync(new URL('../../docs/schedules.md', import.meta.url), 'utf8')

/** Each schedule of docs/schedules.md with the ticks that stand below it. */
const examples = [...page.matchAll(/```json\n(.*?)```\n```text\nfrom (\S+)\n(.*?)```/gs)].map(
  ([, schedule = '', from = '', ticks = '']) => ({ schedule, from, ticks: ticks.trim().split('\n') }),
)

test('the page has examples', () => expect(examples.length).toBeGreaterThan(5))

test.each(examples)('docs/schedules.md says what comes of $schedule', ({ schedule, from, ticks }) => {
  const found = preview(Schedule.parse(JSON.parse(schedule)), ticks.length, Date.parse(from))
  expect(found.map(({ local, note }) => (note === null ? local : `${local}  ${note}`))).toEqual(ticks)
})

test.each(['5L', 'FRI#L', 'fri#2', '1-5', '1-30/5'])('the day of week or day of month %s is one', (field) => {
  const line = field.includes('/') ? `0 0 ${field} * *` : `0 0 * * ${field}`
  expect(cronFault(line)).toBeNull()
  expect(nextCron(line, 'UTC', Date.UTC(2026, 0, 1))).not.toBeNull()
})
