import { afterEach, expect, test } from 'vitest'
import { readsAtOnce } from '../../ports/log-store.ts'
import { ReadThreads } from './threads.ts'

const file = new URL('./thread.fixture.ts', import.meta.url)
const usual = { idle: 60_000, patience: 60_000 }

let threads: ReadThreads
const open = (times = usual): ReadThreads => {
  threads = new ReadThreads(file, 'data', times)
  return threads
}
afterEach(() => threads.close())

/** Asks something; the number of the thread that answered. */
const ask = async (run_id: string): Promise<number> => (await threads.lines({ run_id, attempt: 1 }, 1, 1)).seq

test('a thread that dies fails what it was at, and nothing else', async () => {
  open()
  const first = await ask('a log')
  const asked = [ask('die'), ...Array.from({ length: readsAtOnce }, () => ask('a log'))]
  await expect(asked[0]).rejects.toThrow('a thread that reads logs ended')
  for (const thread of await Promise.all(asked.slice(1))) expect(thread).not.toBe(first)
})

test('what cannot be read is said, and the thread goes on', async () => {
  open()
  const first = await ask('a log')
  await expect(ask('fail')).rejects.toThrow('a log could not be read: the disk is on fire')
  await expect(ask('away')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 2 })
  expect(await ask('a log')).toBe(first)
})

test('a thread that answers nothing is ended', async () => {
  open({ ...usual, patience: 10 })
  await expect(ask('hang')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a thread that has nothing to do ends, and another comes when it is needed', async () => {
  open({ ...usual, idle: 0 })
  const first = await ask('a log')
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect(await ask('a log')).not.toBe(first)
})

test('closing ends the threads and refuses what is asked', async () => {
  open()
  const asked = Array.from({ length: readsAtOnce + 1 }, () => expect(ask('hang')).rejects.toThrow('closed'))
  await threads.close()
  await Promise.all(asked)
  await expect(ask('a log')).rejects.toThrow('closed')
})
