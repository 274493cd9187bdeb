import { expect, test } from 'vitest'
import { searchWhole } from './search-whole.ts'

const at = (...numbers: number[]) => numbers.map((n) => ({ n }))

test('goes on where an answer ended, also one that had found nothing yet, and counts beyond what it tells', async () => {
  const answers = [
    { hits: [], total: 0, searched_to: 0, total_lines: 900 },
    { hits: at(3, 7), total: 2, searched_to: 400, total_lines: 900 },
    { hits: at(401), total: 40, searched_to: 800, total_lines: 900 },
    { hits: at(850), total: 5, searched_to: 900, total_lines: 900 },
  ]
  const asked: unknown[] = []
  const found = await searchWhole(async (part) => {
    asked.push(part)
    const answer = answers.shift()
    if (answer === undefined) throw new Error('asked beyond the end')
    return answer
  }, 3)
  expect(found).toEqual({ lines: [3, 7, 401], total: 47 })
  expect(asked).toEqual([
    { from: 1, limit: 3 },
    { from: 1, limit: 3 },
    { from: 401, limit: 1 },
    { from: 801, limit: 1 },
  ])
})

test('a log without a line has no hits', async () => {
  const empty = { hits: [], total: 0, searched_to: 0, total_lines: 0 }
  expect(await searchWhole(async () => empty, 10)).toEqual({ lines: [], total: 0 })
})
