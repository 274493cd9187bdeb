import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HttpLink } from '../../src/links/http/http.ts'
import { HydraError } from '../../src/model/errors.ts'
import { Service } from '../http/harness.ts'
import { CuttableProxy } from '../mongo/proxy.ts'
import { aCard } from './broker.suite.ts'
import { linkSuite } from './link.suite.ts'

let service: Service
let url: string
let token: string
beforeEach(async () => {
  service = await Service.open()
  url = await service.server.listen()
  token = String((await service.post('/admin/domains/prod/token')).json.token)
})
afterEach(() => service.close())

const open = (more: { servers?: string[]; token?: string } = {}) => new HttpLink({ servers: [url], token, ...more })

linkSuite({ name: 'http', given: () => ({ world: service.world, link: () => open() }) })

describe('over HTTP', () => {
  const secret = 'the secret in the folder of the worker'

  test('a worker is accepted in the domain of its token alone, and another has no hold on its session', async () => {
    const dev = await service.domain('dev')
    await expect(open({ token: dev }).register(aCard(), secret)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(open({ token: 'unknown-token' }).register(aCard(), secret)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    const { session, ttl } = await open().register(aCard({ ttl: 0 }), secret)
    expect(ttl).toBe(10_000)
    const bodies = { right: { session, secret, held: [] }, wrong: { session, secret: 'a wrong one', held: [] } }
    expect((await service.post('/link/renew', bodies.right, { token })).status).toBe(200)
    const refused = await service.post('/link/renew', bodies.wrong, { token })
    const foreign = await service.post('/link/renew', bodies.right, { token: dev })
    const unknown = await service.post('/link/renew', { ...bodies.right, session: 'none' }, { token })
    expect([refused.text, foreign.text]).toEqual([unknown.text, unknown.text])
    expect(unknown.status).toBe(409)
    expect((await service.post('/link/renew', bodies.right)).status).toBe(403)
  })

  test('what is no card, no report or no answer is refused with a sentence', async () => {
    const card = { ...aCard(), max_concurrency: 0, worker_id: 'pending' }
    const answer = await service.post('/link/register', { card, secret }, { token })
    expect(answer.status).toBe(422)
    expect(answer.json.detail).toMatch(/^card\.worker_id: .*; card\.max_concurrency: /)
    const other = open({ servers: [`${url}/ready`] })
    await expect(other.register(aCard(), secret)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a worker whose token ends claims nothing any more, not even by the question that was open', async () => {
    const link = open()
    const { session } = await link.register(aCard(), secret)
    const claim = () => link.claim(session, 1, AbortSignal.timeout(10_000)).catch(({ code }) => code)
    const question = claim()
    const { domains } = service.world.store
    const [ended] = await domains.tokens('prod')
    await domains.endToken('prod', String(ended?._id))
    // Another scheduler ended it: here it is believed in for less than a second longer.
    let answer = await question
    while (Array.isArray(answer)) answer = await claim()
    expect(answer).toBe('UNAUTHENTICATED')
  })

  test('a store that is away ends no lease: what the broker took is answered, for a token that was known', async () => {
    const link = open()
    const { session } = await link.register(aCard(), secret)
    const { domains, runs } = service.world.store
    const nothingToDo = { state: 'online', cancel: [], forget: [], again: [], partial: true }
    const away = new HydraError('UNAVAILABLE', 'The store does not answer; try again.')
    const byHash = vi.spyOn(domains, 'tokenByHash').mockRejectedValue(away)
    const faults = [
      byHash,
      vi.spyOn(runs, 'ofSession').mockRejectedValue(away),
      // Later than the token is believed in without asking.
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000),
    ]
    try {
      expect(await link.renew(session, [{ run_id: 'r', token: 1 }])).toEqual(nothingToDo)
      await expect(link.claim(session, 1, AbortSignal.timeout(5000))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(open({ token: 'another-token' }).renew(session, [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      byHash.mockResolvedValue(null)
      await expect(link.renew(session, [])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    } finally {
      for (const fault of faults) fault.mockRestore()
    }
  })

  test('a scheduler that does not answer is followed by the next', async () => {
    const link = open({ servers: ['http://127.0.0.1:9', url] })
    await expect(link.register(aCard(), secret)).rejects.toThrow('http://127.0.0.1:9 cannot be reached')
    const { session, state } = await link.register(aCard(), secret)
    expect(state).toBe('online')
    // A renewal asks them all at once: a lease is short.
    const next = new HttpLink({ servers: ['http://127.0.0.1:9', `${url}/nowhere`, url], token, secret })
    await expect(next.renew(session, [])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const other = new HttpLink({ servers: ['http://127.0.0.1:9', url], token, secret })
    expect(await other.renew(session, [])).toMatchObject({ state: 'online' })
  })

  test('a claim asks each scheduler once and fails when all have; one that answers is found within it', async (context) => {
    const { session } = await open().register(aCard(), secret)
    const asked = vi.spyOn(globalThis, 'fetch')
    context.onTestFinished(() => asked.mockRestore())
    const away = open({ servers: ['http://127.0.0.1:9', 'http://127.0.0.1:19'] })
    await expect(away.claim(session, 1, AbortSignal.timeout(10_000))).rejects.toThrow('cannot be reached')
    expect(asked).toHaveBeenCalledTimes(2)
    const found = new HttpLink({ servers: ['http://127.0.0.1:9', url], token, secret })
    const over = new AbortController()
    const claiming = found.claim(session, 1, over.signal)
    await vi.waitFor(() => expect(String(asked.mock.lastCall?.[0])).toBe(`${url}/link/claim`))
    over.abort()
    await expect(claiming).rejects.toThrow()
  })

  test('the wait for cancels rests after its own failure, however many schedulers there are', async (context) => {
    const asked = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('away'))
    context.onTestFinished(() => asked.mockRestore())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    context.onTestFinished(() => void vi.useRealTimers())
    const stop = open({ servers: ['http://127.0.0.1:9', 'http://127.0.0.1:19'] }).onCancel('a session', () => {})
    context.onTestFinished(stop)
    await vi.advanceTimersByTimeAsync(1900)
    expect(asked).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('a renewal that a scheduler leaves unanswered is asked of the next beside it, and the next ones go there', async (context) => {
    const { session } = await open().register(aCard(), secret)
    const proxy = await CuttableProxy.open(url)
    context.onTestFinished(() => proxy.close())
    proxy.goMute()
    const patience = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal)
    context.onTestFinished(() => patience.mockRestore())
    const link = new HttpLink({ servers: [`http://${proxy.host}`, url], token, secret })
    expect(await link.renew(session, [])).toMatchObject({ state: 'online' })
    const asked = vi.spyOn(globalThis, 'fetch')
    context.onTestFinished(() => asked.mockRestore())
    expect(await link.renew(session, [])).toMatchObject({ state: 'online' })
    // The wait for cancels may begin anew meanwhile.
    const renewals = asked.mock.calls.map(([to]) => String(to)).filter((to) => to.endsWith('/link/renew'))
    expect(renewals).toEqual([`${url}/link/renew`])
  })

  test('one whose scheduler cannot reach its store asks the next as well, and takes its open questions there', async (context) => {
    const { session } = await open().register(aCard(), secret)
    const counts = { state: 'online', cancel: [], forget: [], again: [], partial: true }
    const cutOff = createServer((request, response) => {
      // What it can answer without the store; all else waits for that.
      if (request.url === '/link/renew')
        response.setHeader('content-type', 'application/json').end(JSON.stringify(counts))
    }).listen(0, '127.0.0.1')
    context.onTestFinished(() => {
      cutOff.closeAllConnections()
      cutOff.close()
    })
    await once(cutOff, 'listening')
    const address = cutOff.address()
    const servers = [`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`, url]
    const alone = new HttpLink({ servers: servers.slice(0, 1), token, secret })
    expect(await alone.renew(session, [])).toEqual(counts)

    const link = new HttpLink({ servers, token, secret })
    const question = link.claim(session, 1, new AbortController().signal)
    const taken = vi.fn()
    expect(await link.renew(session, [], taken)).toEqual({ ...counts, partial: false })
    expect(taken).toHaveBeenCalledOnce()
    expect(await question).toEqual([])
    expect(await link.report(session, [])).toEqual([])
    await expect(link.claim(session, 0, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'INVALID' })
  })
})
