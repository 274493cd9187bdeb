import { expect, test, vi } from 'vitest'
import type { IdentifiedEvent } from '../../../src/client/index.ts'
import { EventHistory } from './event-history.ts'

const event = (id: number): IdentifiedEvent => ({ id: `e-${id}`, type: 'run_started', payload: {}, ts: id })

test('of what a feed tells the newest thousand are kept, each once, and a burst is told of once', () => {
  vi.useFakeTimers()
  try {
    let tell: (one: IdentifiedEvent) => void = () => {}
    const history = new EventHistory()
    const told = vi.fn()
    history.subscribe(told)
    const stop = history.listen({
      onEvent: (listener) => {
        tell = listener
        return () => {
          tell = () => {}
        }
      },
    })
    for (const id of [1, 2, 2, 3]) tell(event(id))
    expect(history.events()).toEqual([])
    vi.runAllTimers()
    expect(history.events().map(({ ts }) => ts)).toEqual([1, 2, 3])
    expect(told).toHaveBeenCalledTimes(1)
    for (let id = 2; id <= 1100; id += 1) tell(event(id))
    vi.runAllTimers()
    expect(history.events()).toHaveLength(1000)
    expect(history.events()[0]?.ts).toBe(101)
    stop()
    tell(event(2000))
    vi.runAllTimers()
    expect(history.events().at(-1)?.ts).toBe(1100)
  } finally {
    vi.useRealTimers()
  }
})
