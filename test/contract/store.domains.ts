import { describe, expect, test } from 'vitest'
import type { Token } from '../../src/model/domain.ts'
import { newId } from '../../src/runtime/ids.ts'
import { aJob, aRun, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const aDomain = (domain: string) => ({ domain, display_name: null, description: null, created_at: builtAt })

const aToken = (token: Partial<Token> = {}): Token => ({
  _id: newId(),
  name: 'default',
  domain: 'prod',
  role: 'domain',
  hash: newId(),
  created_at: builtAt,
  expires_at: null,
  last_used_at: null,
  ...token,
})

export function domainTests(given: Given): void {
  describe('domains', () => {
    test('a domain is stored once, and read as it was given', async () => {
      const { domains } = given.it()
      const prod = { ...aDomain('prod'), display_name: 'Production', description: 'what counts' }
      expect(await Promise.all([domains.insert(prod), domains.insert(aDomain('prod'))])).toEqual([true, false])
      expect(await domains.insert(aDomain('dev'))).toBe(true)
      expect(await domains.get('prod')).toEqual(prod)
      expect(await domains.get('nowhere')).toBeNull()
      expect((await domains.all()).map(({ domain }) => domain).sort()).toEqual(['dev', 'prod'])
    })

    test('a change touches only what is named, and answers the domain', async () => {
      const { domains } = given.it()
      await domains.insert({ ...aDomain('prod'), display_name: 'One', description: 'Two' })
      expect(await domains.change('prod', { display_name: null })).toEqual({ ...aDomain('prod'), description: 'Two' })
      expect(await domains.change('prod', {})).toMatchObject({ display_name: null, description: 'Two' })
      expect(await domains.get('prod')).toMatchObject({ display_name: null, description: 'Two' })
      expect(await domains.change('nowhere', { display_name: 'x' })).toBeNull()
    })

    test('removing a domain ends its tokens and no others', async () => {
      const { domains } = given.it()
      const [gone, stays] = [aToken(), aToken({ domain: 'dev' })]
      await Promise.all([domains.insert(aDomain('prod')), domains.putToken(gone), domains.putToken(stays)])
      await domains.remove('prod')
      await domains.remove('prod')
      expect(await domains.get('prod')).toBeNull()
      expect(await domains.tokenByHash(gone.hash)).toBeNull()
      expect(await domains.tokenByHash(stays.hash)).toEqual(stays)
    })

    test('counts of a domain: jobs that are not deleted, all runs, live runs', async () => {
      const { domains, jobs, runs } = given.it()
      const [job, deleted, foreign] = [aJob(), aJob({ deleted_at: builtAt }), aJob({ domain: 'dev' })]
      for (const one of [job, deleted, foreign]) await jobs.insert(one, aVersion(one), aRun({}, one))
      await runs.insert([
        aRun({ status: 'running', session: 's' }, job),
        aRun({ status: 'success', effects: [{ kind: 'totals' }] }, job),
        aRun({ status: 'failed' }, job),
      ])
      expect(await domains.counts('prod')).toEqual({ jobs: 1, runs: 5, live: 3 })
      expect(await domains.counts('dev')).toEqual({ jobs: 1, runs: 1, live: 1 })
      expect(await domains.counts('nowhere')).toEqual({ jobs: 0, runs: 0, live: 0 })
    })
  })

  describe('tokens', () => {
    test('a token is found by its hash, and listed in its domain', async () => {
      const { domains } = given.it()
      const [one, other] = [aToken({ expires_at: 5, role: 'read' }), aToken({ name: 'ci' })]
      expect(await Promise.all([domains.putToken(one), domains.putToken(other)])).toEqual([true, true])
      expect(await domains.tokenByHash(one.hash)).toEqual(one)
      expect(await domains.tokenByHash('unknown')).toBeNull()
      expect(await domains.tokens('prod')).toHaveLength(2)
      expect(await domains.tokens('dev')).toEqual([])
    })

    test("a token takes the place of its domain's token of that name", async () => {
      const { domains } = given.it()
      const [old, next] = [aToken(), aToken()]
      await domains.putToken(old)
      expect(await domains.putToken(next)).toBe(true)
      expect(await domains.putToken(next)).toBe(true)
      expect(await domains.tokenByHash(old.hash)).toBeNull()
      expect(await domains.tokens('prod')).toEqual([next])
    })

    test("a hash that is another's is refused, and nothing changes", async () => {
      const { domains } = given.it()
      const [one, mine] = [aToken(), aToken({ domain: 'dev' })]
      await Promise.all([domains.putToken(one), domains.putToken(mine)])
      expect(await domains.putToken(aToken({ domain: 'dev', hash: one.hash }))).toBe(false)
      expect(await domains.putToken(aToken({ name: 'ci', hash: one.hash }))).toBe(false)
      expect(await domains.tokens('dev')).toEqual([mine])
      expect(await domains.tokens('prod')).toEqual([one])
    })

    test('ending a token answers it once, and only in its own domain', async () => {
      const { domains } = given.it()
      const token = aToken()
      await domains.putToken(token)
      expect(await domains.endToken('dev', token._id)).toBeNull()
      expect(await domains.endToken('prod', token._id)).toEqual(token)
      expect(await domains.endToken('prod', token._id)).toBeNull()
      expect(await domains.tokenByHash(token.hash)).toBeNull()
    })
  })
}
