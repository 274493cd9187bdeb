import { afterEach, expect, test, vi } from 'vitest'
import { HydraError } from '../model/errors.ts'
import { type Log, openLog, silentLog } from './log.ts'
import { Loop, type Pass } from './loop.ts'

class Counting extends Loop {
  passes = 0
  work: () => Promise<Pass> = async () => ({ more: false })

  constructor({ every = 60_000, log = silentLog }: { every?: number; log?: Log } = {}) {
    super({ name: 'counting', every, log })
  }

  runOnce(): Promise<Pass> {
    this.passes++
    return this.work()
  }
}

const loops: Loop[] = []
const opened = (options?: ConstructorParameters<typeof Counting>[0]): Counting => {
  const loop = new Counting(options)
  loops.push(loop)
  return loop
}

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(loops.splice(0).map((loop) => loop.stop()))
})

test('the first pass comes at once, the next after the interval', async () => {
  vi.useFakeTimers()
  const loop = opened()
  loop.start()
  await vi.advanceTimersByTimeAsync(59_999)
  expect(loop.passes).toBe(1)
  await vi.advanceTimersByTimeAsync(2)
  expect(loop.passes).toBe(2)
})

test('started twice it is one loop', async () => {
  const loop = opened()
  const pass = loop.passed()
  loop.start()
  loop.start()
  await pass
  expect(loop.passes).toBe(1)
})

test('a pass that asks for more is followed at once', async () => {
  const loop = opened()
  loop.work = async () => ({ more: loop.passes < 3 })
  loop.start()
  await vi.waitFor(() => expect(loop.passes).toBe(3))
})

test('wake brings a pass at once, and many calls bring one', async () => {
  const loop = opened()
  const first = loop.passed()
  loop.start()
  await first
  const second = loop.passed()
  loop.wake()
  loop.wake()
  await second
  expect(loop.passes).toBe(2)
})

test('a wake during a pass is followed by another pass, never beside the first', async () => {
  const loop = opened()
  let under = 0
  let most = 0
  loop.work = async () => {
    most = Math.max(most, ++under)
    if (loop.passes === 1) loop.wake()
    await new Promise((resolve) => setImmediate(resolve))
    under--
    return { more: false }
  }
  loop.start()
  await vi.waitFor(() => expect(loop.passes).toBe(2))
  expect(most).toBe(1)
})

test('the wait for a pass is not ended by one that had begun before', async () => {
  const loop = opened()
  const gates: (() => void)[] = []
  loop.work = async () => {
    await new Promise<void>((resolve) => gates.push(resolve))
    return { more: false }
  }
  loop.start()
  await vi.waitFor(() => expect(gates).toHaveLength(1))
  const pass = loop.passed()
  loop.wake()
  gates[0]?.()
  await vi.waitFor(() => expect(gates).toHaveLength(2))
  gates[1]?.()
  await pass
  expect(loop.passes).toBe(2)
})

test('an error is logged, and the next pass comes after a pause that grows, woken or not', async () => {
  vi.useFakeTimers()
  const lines: string[] = []
  const log = openLog({ level: 'info', terminal: false, sink: { write: (line) => lines.push(line) } })
  const loop = opened({ log, every: 100 })
  loop.work = () => (loop.passes < 3 ? Promise.reject(new Error('no store')) : Promise.resolve({ more: false }))
  loop.start()
  await vi.advanceTimersByTimeAsync(0)
  loop.wake()
  await vi.advanceTimersByTimeAsync(990)
  expect(loop.passes).toBe(1)
  await vi.advanceTimersByTimeAsync(20)
  expect(loop.passes).toBe(2)
  await vi.advanceTimersByTimeAsync(1980)
  expect(loop.passes).toBe(2)
  await vi.advanceTimersByTimeAsync(50)
  expect(loop.passes).toBe(3)
  expect(lines).toHaveLength(2)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', loop: 'counting', error: { message: 'no store' } })
})

test('that something is away is told in one line when it begins, and in one when it ends', async () => {
  vi.useFakeTimers()
  const lines: string[] = []
  const log = openLog({ level: 'info', terminal: false, sink: { write: (line) => lines.push(line) } })
  const loop = opened({ log })
  const away = new HydraError('UNAVAILABLE', 'The store does not answer.')
  loop.work = () => (loop.passes < 4 ? Promise.reject(away) : Promise.resolve({ more: false }))
  loop.start()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(loop.passes).toBe(4)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'warn', loop: 'counting', why: 'The store does not answer.' }),
    expect.objectContaining({ level: 'info', loop: 'counting' }),
  ])
  expect(lines[0]).not.toContain('stack')
})

test('stop waits for the pass under way, begins no other, and may be called again', async () => {
  const loop = opened()
  let release = (): void => {}
  let isDone = false
  loop.work = async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    isDone = true
    return { more: true }
  }
  loop.start()
  await vi.waitFor(() => expect(loop.passes).toBe(1))
  const stopped = Promise.all([loop.stop(), loop.stop()])
  release()
  await stopped
  expect(isDone).toBe(true)
  await loop.stop()
  loop.start()
  loop.wake()
  expect(loop.passes).toBe(1)
})

test('stop ends the sleep between passes', async () => {
  const loop = opened({ every: 3_600_000 })
  const pass = loop.passed()
  loop.start()
  await pass
  await loop.stop()
})

test('a loop that is stopped before its first pass makes none', async () => {
  const loop = opened()
  loop.start()
  await loop.stop()
  await new Promise((resolve) => setImmediate(resolve))
  expect(loop.passes).toBe(0)
})

test('a pass may ask for the next one earlier than the interval', async () => {
  vi.useFakeTimers()
  const loop = opened()
  loop.work = async () => ({ more: false, nextIn: 500 })
  loop.start()
  await vi.advanceTimersByTimeAsync(400)
  expect(loop.passes).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(loop.passes).toBe(2)
})

test('the time of the last good pass moves with good passes alone', async () => {
  vi.useFakeTimers()
  const loop = opened({ every: 100 })
  loop.start()
  await vi.advanceTimersByTimeAsync(1050)
  const good = loop.lastPassAt
  expect(performance.now() - good).toBeLessThan(101)
  loop.work = () => Promise.reject(new Error('no store'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(loop.lastPassAt).toBe(good)
})

test('a sleep longer than the longest timer does not fire at once', async () => {
  vi.useFakeTimers()
  const days = 24 * 3_600_000
  const loop = opened({ every: 40 * days })
  loop.start()
  await vi.advanceTimersByTimeAsync(20 * days)
  expect(loop.passes).toBe(1)
})
