import { expect, test } from 'vitest'
import { HydraClient } from '../client/index.ts'
import { findEither, findJob, findRun } from './resolve.ts'

const ids = {
  nightly: '0199f3c2-7100-7000-8000-000000000001',
  other: '0199f3c2-7100-7000-8000-000000000002',
  third: '0199f3c2-8200-7000-8000-000000000003',
  run: '0199f3c2-9300-7000-8000-000000000004',
}

const jobs = [
  { _id: ids.nightly, name: 'Backup', key: 'nightly', domain: 'prod' },
  { _id: ids.other, name: 'Backup', key: null, domain: 'dev' },
  { _id: ids.third, name: 'nightly', key: 'abba', domain: 'prod' },
]
const runs = [{ _id: ids.run, job_name: 'Backup', domain: 'prod' }]

/** A server with these jobs and runs, which looks for them as the real one does. */
const client = new HydraClient({
  server: 'http://x',
  fetch: async (input) => {
    const { pathname, searchParams } = new URL(String(input))
    const [, kind, id = ''] = pathname.split('/')
    const q = (searchParams.get('q') ?? '').toLowerCase()
    const json = (body: unknown, status = 200): Response =>
      Response.json(status === 200 ? body : { type: 'urn:hydra:error:NOT_FOUND', detail: 'no' }, { status })
    const all: readonly { readonly _id: string }[] = kind === 'jobs' ? jobs : runs
    const one = all.find(({ _id }) => _id === id)
    if (id !== '') return one ? json(one) : json(null, 404)
    const has = (text: string | null): boolean => text?.toLowerCase().includes(q) ?? false
    if (kind === 'jobs') return json(jobs.filter(({ name, key }) => has(name) || has(key)))
    return json(runs.filter(({ _id, job_name }) => has(job_name) || _id.startsWith(q)))
  },
})

test('a job is found by its key before its name, by its id, and by the beginning of an id that no other has', async () => {
  expect((await findJob(client, 'nightly'))._id).toBe(ids.nightly)
  expect((await findJob(client, 'abba'))._id).toBe(ids.third)
  expect((await findJob(client, ids.other))._id).toBe(ids.other)
  expect((await findJob(client, '0199f3c2-82'))._id).toBe(ids.third)
})

test('what names several is not guessed, and what names none is answered with what is like it', async () => {
  await expect(findJob(client, 'Backup')).rejects.toThrow(
    `2 jobs are meant by "Backup": ${ids.nightly} (prod), ${ids.other} (dev). Name one by its id`,
  )
  await expect(findJob(client, '0199f3c2-71')).rejects.toThrow('2 jobs')
  await expect(findJob(client, 'nightyl')).rejects.toThrow('There is no job "nightyl". Did you mean "nightly"?')
  await expect(findJob(client, '019')).rejects.toMatchObject({ exitCode: 3 })
  await expect(findRun(client, '019')).rejects.toThrow('The beginning of an id needs at least 4 characters.')
  await expect(findRun(client, 'Backup')).rejects.toThrow('There is no run "Backup"')
})

test('where both can be meant, a name is a job and the beginning of an id a run', async () => {
  expect(await findEither(client, ids.run)).toMatchObject({ run: { _id: ids.run } })
  expect(await findEither(client, '0199f3c2-93')).toMatchObject({ run: { _id: ids.run } })
  expect(await findEither(client, 'abba')).toMatchObject({ job: { _id: ids.third } })
  expect(await findEither(client, '0199f3c2-82')).toMatchObject({ job: { _id: ids.third } })
})
