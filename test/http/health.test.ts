import { afterEach, expect, test, vi } from 'vitest'
import { ReadyDocument } from '../../src/model/wire/health.ts'
import { adminToken, Service } from './harness.ts'

let service: Service
afterEach(async () => {
  vi.restoreAllMocks()
  await service.close()
})

test('/health tells what it last knew while the store refuses, or does not answer', async () => {
  service = await Service.open()
  const health = async () => (await service.get('/health')).json
  expect(await health()).toEqual({ status: 'ok', workers: 0, pending_jobs: 0 })
  const executor = { type: 'shell', script: 'true' }
  for (const name of ['one', 'two']) await service.ask('POST', '/jobs/', { body: { name, executor } })
  const known = { status: 'ok', workers: 0, pending_jobs: 2 }
  expect(await health()).toEqual(known)
  const counted = vi.spyOn(service.world.store.runs, 'countPending').mockRejectedValueOnce(new Error('It is away.'))
  expect(await health()).toEqual(known)
  const mute = Promise.withResolvers<number>()
  counted.mockReturnValueOnce(mute.promise)
  const asked = counted.mock.calls.length
  expect(await Promise.all([health(), health()])).toEqual([known, known])
  // All wait for the one question.
  expect(counted).toHaveBeenCalledTimes(asked + 1)
  mute.resolve(0)
  counted.mockRestore()
  expect(await health()).toEqual(known)
})

test('/ready tells everybody that the store does not serve, and the admin and the log what it said, with its address', async () => {
  service = await Service.open()
  const said = 'No MongoDB server answers at mongo-1.internal:27017 (connect ECONNREFUSED).'
  vi.spyOn(service.world.store, 'check').mockRejectedValue(new Error(said))
  const detail = async (token: string | null) => {
    const { status, json } = await service.get('/ready', { token })
    return [status, ReadyDocument.parse(json).checks.find(({ name }) => name === 'store')?.detail]
  }
  const plain = [503, 'the store does not serve at the moment']
  const tenant = await service.domain('tenant')
  for (const token of [null, 'not-a-token-of-anyone', tenant]) expect(await detail(token)).toEqual(plain)
  expect(await detail(adminToken)).toEqual([503, said])
  const noted = service.lines.filter(({ message }) => message === 'not ready')
  expect(noted.map(({ fields }) => fields)).toEqual([{ check: 'store', error: said }])
})
