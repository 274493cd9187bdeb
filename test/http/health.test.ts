import { afterEach, expect, test, vi } from 'vitest'
import { Service } from './harness.ts'

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
  expect(await health()).toEqual(known)
  mute.resolve(0)
  counted.mockRestore()
  expect(await health()).toEqual(known)
})
