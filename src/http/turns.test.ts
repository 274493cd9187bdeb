import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('acts under one key take turns, also after one that failed; another key does not wait', async () => {
  const turns = new Turns()
  const told: string[] = []
  const act =
    (name: string, fails = false) =>
    async (): Promise<void> => {
      told.push(`${name} begins`)
      await Promise.resolve()
      told.push(`${name} ends`)
      if (fails) throw new Error(name)
    }
  await Promise.allSettled([
    turns.take('a', act('one', true)),
    turns.take('a', act('two')),
    turns.take('b', act('other')),
  ])
  expect(told.filter((line) => !line.startsWith('other'))).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  expect(told.indexOf('other begins')).toBeLessThan(told.indexOf('two begins'))
})
