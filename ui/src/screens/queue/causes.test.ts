import { expect, test } from 'vitest'
import { causesOf, standing } from './causes.ts'

const row = (queue: string, reason: string, minute: number) => ({
  job_id: 'j',
  run_id: `r${minute}`,
  name: 'job',
  priority: 0,
  queue,
  user: 'default',
  domain: 'prod',
  reason,
  since: `2026-11-25T03:${String(minute).padStart(2, '0')}:00.000Z`,
})

const taken = 'All slots of own are taken.'
const soon = 'A worker is free for it: it starts in a moment.'

test('runs that wait for the same are one cause, the commonest first, with the oldest of them; a sentence names what holds most', () => {
  const causes = causesOf([
    row('gpu', 'gpu-1 would fit but takes no new work.', 1),
    row('default', taken, 5),
    row('default', taken, 3),
  ])
  expect(causes.map(({ queue, count, since }) => [queue, count, since.slice(14, 16)])).toEqual([
    ['default', 2, '03'],
    ['gpu', 1, '01'],
  ])
  expect(standing(causes, 1200)).toEqual({
    stands: true,
    text: '1,200 runs wait, 2 of them (queue default) because all slots of own are taken.',
  })
  expect(standing(causesOf([row('gpu', 'gpu-1 would fit but takes no new work.', 1)]), 1).text).toBe(
    '1 run waits because gpu-1 would fit but takes no new work.',
  )
})

test('what starts in a moment holds nothing, be it the most', () => {
  expect(standing(causesOf([row('default', soon, 1), row('default', soon, 2)]), 2)).toEqual({
    stands: false,
    text: '2 runs wait, and all of them start in a moment.',
  })
  expect(
    standing(causesOf([row('default', soon, 1), row('default', soon, 2), row('default', taken, 3)]), 3).stands,
  ).toBe(true)
  expect(standing([], 0).stands).toBe(false)
})
