import process from 'node:process'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchInterrupts } from './interrupts.ts'

const did: string[] = []
let stop: () => void
beforeEach(() => {
  vi.useFakeTimers()
  did.length = 0
  const note = (what: string) => () => void did.push(what)
  stop = watchInterrupts({ first: note('first'), detach: note('detach'), second: note('second'), third: note('third') })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

const press = (): void => void process.emit('SIGINT')

test('one press detaches once no second one has come', () => {
  press()
  expect(did).toEqual(['first'])
  vi.advanceTimersByTime(1499)
  expect(did).toEqual(['first'])
  vi.advanceTimersByTime(1)
  expect(did).toEqual(['first', 'detach'])
})

test('a second one in time does what it does, and nothing is detached; a third one leaves', () => {
  press()
  vi.advanceTimersByTime(1000)
  press()
  vi.advanceTimersByTime(10_000)
  expect(did).toEqual(['first', 'second'])
  press()
  expect(did).toEqual(['first', 'second', 'third'])
})

test('one press that arrives twice, by the terminal and through npm, is one', () => {
  press()
  press()
  vi.advanceTimersByTime(149)
  press()
  vi.advanceTimersByTime(10_000)
  expect(did).toEqual(['first', 'detach'])
})
