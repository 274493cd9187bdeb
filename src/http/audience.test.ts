import { expect, test } from 'vitest'
import { EventHub } from '../scheduler/event-hub.ts'
import { Audiences, mostStreams } from './audience.ts'
import { EventPages } from './event-pages.ts'

test("a domain's streams are bounded; another's are not held up, and who leaves makes room", () => {
  const audiences = new Audiences()
  const places = Array.from({ length: mostStreams }, () => audiences.enter('a'))
  expect(() => audiences.enter('a')).toThrow(expect.objectContaining({ code: 'TOO_MANY', retryAfter: 5 }))
  for (const domain of ['b', null]) audiences.enter(domain).leave()
  places[0]?.leave()
  audiences.enter('a')
})

test('one stream reads on at once; several of a domain wait together', async () => {
  const audiences = new Audiences()
  const first = audiences.enter('a')
  await first.pause()
  const second = audiences.enter('a')
  const [one, other] = [first.pause(), second.pause()]
  expect(one).toBe(other)
  await one
  expect(first.pause()).not.toBe(one)
})

test('what one stream of a domain has read serves those that stand where it stood, until something happens', () => {
  const hub = new EventHub()
  const reads: string[] = []
  const pages = new EventPages({
    tip: (domain) => hub.tip(domain),
    read: (domain, after, limit) => {
      reads.push(after)
      return hub.read(domain, after, limit)
    },
  })
  const start = hub.tip('a')
  const told = () => hub.publish([{ type: 'job_deleted', domain: 'a', payload: { domain: 'a' }, ts: 1 }])
  told()
  const page = pages.read('a', start)
  expect(pages.read('a', start)).toBe(page)
  expect(reads).toHaveLength(1)
  told()
  expect(pages.read('a', start).text.match(/^event: job_deleted$/gm)).toHaveLength(2)
  expect(pages.read('b', hub.tip('b')).text).toBe('')
})
