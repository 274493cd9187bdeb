import { expect, test } from 'vitest'
import { FairTurns } from './fair-turns.ts'

/** Acts that end when they are told to; in the order in which they began. */
function acts() {
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const act = (name: string) => () =>
    new Promise<string>((resolve) => {
      began.push(name)
      ends.set(name, () => resolve(name))
    })
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { began, act, end }
}

test('parties take turns, whoever asked first and however often', async () => {
  const turns = new FairTurns({ atOnce: 2, perParty: 1, seats: 10, what: 'acts' })
  const { began, act, end } = acts()
  const [a, b, c] = [turns.enter('a'), turns.enter('b'), turns.enter('c')]
  const all = ['a1', 'a2', 'a3'].map((name) => a.turn(act(name)))
  all.push(b.turn(act('b1')), b.turn(act('b2')), c.turn(act('c1')))
  await end('')
  expect(began).toEqual(['a1', 'b1'])
  await end('a1')
  expect(began).toEqual(['a1', 'b1', 'c1'])
  await end('c1')
  expect(began).toEqual(['a1', 'b1', 'c1', 'a2'])
  await end('b1')
  await end('a2')
  await end('a3')
  await end('b2')
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
})

test('an act that fails gives its turn on', async () => {
  const turns = new FairTurns({ atOnce: 1, perParty: 1, seats: 2, what: 'acts' })
  const seat = turns.enter('a')
  const failing = seat.turn(() => Promise.reject(new Error('no')))
  const next = turns.enter('b').turn(async () => 'done')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('done')
})

test('who finds no seat is refused, others are not, and a seat that was left is free', async () => {
  const turns = new FairTurns({ atOnce: 1, perParty: 1, seats: 2, what: 'acts' })
  const first = turns.enter('a')
  turns.enter('a')
  expect(() => turns.enter('a')).toThrow(expect.objectContaining({ code: 'TOO_MANY' }))
  turns.enter('b')
  first.leave()
  first.leave()
  await expect(first.turn(async () => 1)).rejects.toThrow('left')
  turns.enter('a')
  expect(() => turns.enter('a')).toThrow(/2 acts are under way/)
})
