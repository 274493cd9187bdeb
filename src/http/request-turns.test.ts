import { expect, test } from 'vitest'
import { type Leave, type Party, RequestTurns } from './request-turns.ts'

const users = (domain: string | null): Party => ({ domain, lane: 'users' })

/** Turns whose time is the test's; what is to be done later is done when the time is moved. */
function atHand() {
  let time = 1000
  let due: { readonly at: number; readonly act: () => void }[] = []
  const turns = new RequestTurns({
    now: () => time,
    worked: () => time,
    later: (act, ms) => void due.push({ at: time + ms, act }),
  })
  const pass = async (ms: number): Promise<void> => {
    for (const until = time + ms; ; ) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = due.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) {
        time = until
        return
      }
      due = due.filter((one) => one !== next)
      time = Math.max(time, next.at)
      next.act()
    }
  }
  const served: string[] = []
  const leaves = new Map<string, Leave>()
  const ask = (name: string, party: Party, gone?: AbortSignal): void => {
    turns.take(party, gone).then(
      (leave) => {
        served.push(name)
        leaves.set(name, leave)
      },
      (error: unknown) => served.push(`${name}: ${error}`),
    )
  }
  return { turns, pass, ask, served, leave: (name: string) => leaves.get(name)?.() }
}

test('a tenant that is alone is served at once, up to a bound; its workers are not others', async () => {
  const { ask, pass, served, leave } = atHand()
  ask('worker', { domain: 'a', lane: 'workers' })
  for (let n = 0; n < 70; n += 1) ask(`a${n}`, users('a'))
  await pass(0)
  expect(served).toHaveLength(65)
  leave('a0')
  await pass(20)
  expect(served.at(-1)).toBe('a64')
})

test('while another asks, a tenant has two requests before it and rests after each four times as long as the server worked', async () => {
  const { ask, pass, served, leave } = atHand()
  ask('b1', users('b'))
  for (let n = 1; n <= 4; n += 1) ask(`a${n}`, users('a'))
  await pass(3)
  expect(served).toEqual(['b1', 'a1', 'a2'])
  leave('a1')
  await pass(11.5)
  expect(served).toHaveLength(3)
  ask('b2', users('b'))
  await pass(0.5)
  expect(served).toEqual(['b1', 'a1', 'a2', 'b2', 'a3'])
})

test('between the pieces of a long turn its tenant rests as well while others ask, once for what turns did side by side', async () => {
  const { turns, ask, pass } = atHand()
  const paused: string[] = []
  const [one, other] = [turns.paceOf(users('a')), turns.paceOf(users('a'))]
  const pause = (name: string, pace: () => Promise<void>) => void pace().then(() => paused.push(name))
  pause('alone', one)
  await pass(0)
  expect(paused).toEqual(['alone'])
  ask('b', users('b'))
  await pass(3)
  pause('one', one)
  pause('other', other)
  await pass(11.9)
  expect(paused).toEqual(['alone'])
  await pass(0.1)
  expect(paused).toEqual(['alone', 'one', 'other'])
})

test('a tenant that has asked for nothing for a while holds nobody up', async () => {
  const { ask, pass, served, leave } = atHand()
  ask('b', users('b'))
  await pass(0)
  leave('b')
  for (let n = 1; n <= 4; n += 1) ask(`a${n}`, users('a'))
  await pass(600)
  expect(served).toEqual(['b', 'a1', 'a2'])
  ask('a5', users('a'))
  leave('a1')
  await pass(20)
  expect(served).toEqual(['b', 'a1', 'a2', 'a3', 'a4', 'a5'])
})

test('who goes away while it waits gives up its place, and who finds too many waiting is refused', async () => {
  const { ask, pass, served, leave } = atHand()
  ask('b', users('b'))
  const gone = new AbortController()
  for (const name of ['a1', 'a2']) ask(name, users('a'))
  ask('gone', users('a'), gone.signal)
  for (let n = 0; n < 2000; n += 1) ask(`more${n}`, users('a'))
  await pass(1)
  expect(served.at(-1)).toMatch(/^more1999: .*2000 requests of this domain wait already/)
  gone.abort()
  leave('a1')
  leave('a1')
  await pass(20)
  expect(served.at(-1)).toBe('more0')
})

test('each page takes a turn to be made, and gives it back', async () => {
  const { turns, ask, pass, served, leave } = atHand()
  ask('b', users('b'))
  for (const name of ['a1', 'a2']) ask(name, users('a'))
  const made: number[] = []
  async function* pages() {
    for (let n = 1; n <= 3; n += 1) {
      made.push(n)
      yield n
    }
  }
  const read: number[] = []
  const reading = (async () => {
    for await (const page of turns.pages(users('a'), pages())) read.push(page)
  })()
  await pass(1)
  expect(made).toEqual([])
  leave('a1')
  await pass(100)
  await reading
  expect(read).toEqual([1, 2, 3])
  expect(served).toHaveLength(3)
})

test('a request that comes while its tenant rests is served when the rest is over, though nothing is under way', async () => {
  const { ask, pass, served, leave } = atHand()
  const gone = new AbortController()
  ask('b', users('b'))
  for (const name of ['a1', 'a2']) ask(name, users('a'))
  ask('gone', users('a'), gone.signal)
  await pass(20)
  for (const name of ['a1', 'a2']) leave(name)
  gone.abort()
  // The look that follows finds nobody who waits, so none comes after it; the tenant still rests.
  await pass(1)
  ask('a3', users('a'))
  await pass(23)
  expect(served).toEqual(['b', 'a1', 'a2'])
  await pass(1)
  expect(served).toEqual(['b', 'a1', 'a2', 'a3'])
})

test('a look whose tenant stops resting while it looks comes again', async () => {
  let [time, step] = [1000, 0]
  const due: { readonly at: number; readonly act: () => void }[] = []
  const now = (): number => {
    time += step
    return time
  }
  const turns = new RequestTurns({ now, worked: () => time, later: (act, ms) => void due.push({ at: time + ms, act }) })
  const [a, b] = [users('a'), users('b')]
  await turns.take(b)
  const leave = await turns.take(a)
  time += 5
  await turns.take(a)
  const third = turns.take(a)
  leave()
  due.shift()?.act()
  const look = due.shift()
  // The third time that this look asks for is the first after the rest.
  time = (look?.at ?? 0) - 0.25
  step = 0.1
  look?.act()
  expect(due).toHaveLength(1)
  due.shift()?.act()
  await third
})
