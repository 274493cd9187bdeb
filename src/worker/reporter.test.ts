import { expect, test } from 'vitest'
import { Attempt } from './attempt.ts'
import { chunk, ended, started } from './notes.fixture.ts'
import { attemptBytes, callBytes, callReports, draw } from './reporter.ts'

const big = 64 * 1024

/** An attempt with so many chunks of 64 KiB to tell. */
function talking(run_id: string, chunks: number): Attempt {
  const attempt = new Attempt({ run_id, token: 1, attempt: 1 })
  attempt.hear(started({ run_id, token: 1 }))
  for (let seq = 1; seq <= chunks; seq += 1) attempt.hear(chunk(seq, { run_id, length: big }))
  return attempt
}

const bytes = (drawn: ReturnType<typeof draw>): number[] =>
  drawn.map(({ draft }) => draft.chunks.reduce((sum, { length }) => sum + length, 0))

test('a flood leaves room for the others, and its own end waits behind it', () => {
  const flood = talking('flood', 100)
  flood.hear(ended(100, { run_id: 'flood' }))
  const quiet = talking('quiet', 0)
  quiet.hear(ended(0, { run_id: 'quiet' }))
  const drawn = draw(new Set([talking('first', 1), flood, quiet]))
  expect(bytes(drawn)).toEqual([big, attemptBytes, 0])
  expect(drawn.map(({ draft }) => draft.ended !== null)).toEqual([false, false, true])
})

test('no more than the budget is in flight, and ends without output go beside it', () => {
  const floods = Array.from({ length: 10 }, (_, i) => talking(`r${i}`, 100))
  const quiet = talking('quiet', 0)
  quiet.hear(ended(0, { run_id: 'quiet' }))
  const drawn = draw(new Set([...floods, quiet]))
  expect(bytes(drawn).reduce((sum, part) => sum + part, 0)).toBe(callBytes)
  expect(drawn.at(-1)?.attempt).toBe(quiet)
})

test('one call has room for so many attempts; the others keep their place', () => {
  const ready = new Set(Array.from({ length: callReports + 5 }, (_, i) => talking(`r${i}`, 0)))
  expect(draw(ready)).toHaveLength(callReports)
  expect(ready.size).toBe(callReports + 5)
})

test('who has nothing to say leaves the list, who has only no room stays', () => {
  const silent = new Attempt({ run_id: 'silent', token: 1, attempt: 1 })
  const ready = new Set([silent, ...Array.from({ length: 6 }, (_, i) => talking(`r${i}`, 100))])
  draw(ready)
  expect(ready.has(silent)).toBe(false)
  expect(ready.size).toBe(6)
})
