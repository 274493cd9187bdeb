import { describe, expect, test } from 'vitest'
import type { HydraEvent } from '../model/event.ts'
import type { Feed, NumberedEvent } from '../ports/feed.ts'
import { EventHub } from './event-hub.ts'
import { keptEvents } from './event-ring.ts'

const event = (n: number, domain = 'prod'): HydraEvent => ({ type: 'job_updated', domain, ts: n, payload: { n } })
const numbers = (events: readonly NumberedEvent[]) => events.map(({ event: { ts } }) => ts)

/** A feed in memory, as several schedulers share one. */
class SharedFeed {
  events: NumberedEvent[] = []
  readonly #told: ((events: readonly NumberedEvent[]) => void)[] = []

  hub(): EventHub {
    const feed: Feed = {
      open: async (told) => void this.#told.push(told),
      send: (events) => this.send(events.map((one, i) => ({ id: `${this.events.length + 1 + i}-0`, event: one }))),
      newest: async (domain, most) =>
        this.events.filter((one) => domain === null || one.event.domain === domain).slice(-most),
      forget: async (domain) => {
        this.events = this.events.filter((one) => one.event.domain !== domain)
      },
      tellRun: () => {},
      watchRun: () => () => {},
      close: async () => {},
    }
    return new EventHub(feed)
  }

  send(events: readonly NumberedEvent[]): void {
    this.events.push(...events)
    for (const told of this.#told) told(events)
  }
}

describe('a hub by itself', () => {
  test('whoever listens reads what was told since, in order and of its domain alone', () => {
    const hub = new EventHub()
    const [mine, all] = [hub.tip('prod'), hub.tip(null)]
    hub.publish([event(1), event(2, 'dev'), event(3)])
    expect(numbers(hub.read('prod', mine, 10).events)).toEqual([1, 3])
    expect(numbers(hub.read(null, all, 2).events)).toEqual([1, 2])
    expect(hub.read('prod', hub.tip('prod'), 10)).toEqual({ events: [], reset: false })
  })

  test('the newest ten thousand can be resumed from, and the one before them; older and foreign ids cannot', () => {
    const hub = new EventHub()
    const first = hub.tip('prod')
    hub.publish([event(0)])
    const second = hub.tip('prod')
    for (let n = 1; n <= keptEvents; n += 1) hub.publish([event(n)])
    expect(hub.read('prod', first, 1).reset).toBe(true)
    expect(numbers(hub.read('prod', second, 2).events)).toEqual([1, 2])
    expect(hub.read('prod', second, 1_000_000).events).toHaveLength(keptEvents)
    expect(hub.read('prod', hub.tip(null), 1).reset).toBe(true)
  })
})

describe('hubs that share a feed', () => {
  test('tell the same events under the same ids, so that a listener goes on at another', async () => {
    const feed = new SharedFeed()
    const [one, two] = [feed.hub(), feed.hub()]
    await one.open()
    await two.open()
    await one.ready('prod')
    const from = one.tip('prod')
    one.publish([event(1)])
    two.publish([event(2), event(3, 'dev')])
    const [seen] = one.read('prod', from, 10).events
    expect(seen?.id).toBe('1-0')
    await two.ready('prod')
    expect(numbers(two.read('prod', seen?.id ?? '', 10).events)).toEqual([2])
  })

  test('one that begins later knows what was told before, once, and what is told meanwhile', async () => {
    const feed = new SharedFeed()
    const one = feed.hub()
    await one.open()
    one.publish([event(1), event(2)])
    const late = feed.hub()
    await late.open()
    one.publish([event(3)])
    const ready = late.ready('prod')
    one.publish([event(4)])
    await ready
    expect(numbers(late.read('prod', '1-0', 10).events)).toEqual([2, 3, 4])
    feed.send(feed.events.slice(-1))
    expect(numbers(late.read('prod', '1-0', 10).events)).toEqual([2, 3, 4])
  })

  test('what was told of a domain that was removed is known to nobody who gets its name', async () => {
    const feed = new SharedFeed()
    const one = feed.hub()
    await one.open()
    await one.ready('prod')
    one.publish([event(1), event(2, 'dev')])
    await one.forget('prod')
    const late = feed.hub()
    await late.open()
    for (const hub of [one, late]) {
      await hub.ready('prod')
      expect(hub.read('prod', '1-0', 10)).toEqual({ events: [], reset: true })
    }
    await late.ready('dev')
    expect(late.tip('dev')).toBe('2-0')
  })
})
