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
      await Promise.all([domains.insert(aDomain('prod')), domains.insertToken(gone), domains.insertToken(stays)])
      await domains.remove('prod', builtAt)
      await domains.remove('prod', builtAt)
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
      expect(await Promise.all([domains.insertToken(one), domains.insertToken(other)])).toEqual([
        'inserted',
        'inserted',
      ])
      expect(await domains.tokenByHash(one.hash)).toEqual(one)
      expect(await domains.tokenByHash('unknown')).toBeNull()
      expect(await domains.tokens('prod')).toHaveLength(2)
      expect(await domains.tokens('dev')).toEqual([])
    })

    test('a name that its domain has, and a hash that anyone has, is refused, and nothing changes', async () => {
      const { domains } = given.it()
      const [one, mine] = [aToken(), aToken({ domain: 'dev' })]
      await Promise.all([domains.insertToken(one), domains.insertToken(mine)])
      expect(await domains.insertToken(aToken())).toBe('name_taken')
      expect(await domains.insertToken(aToken({ domain: 'dev', name: 'ci', hash: one.hash }))).toBe('hash_taken')
      expect(await domains.insertToken(aToken({ name: 'ci', hash: one.hash }))).toBe('hash_taken')
      expect(await domains.tokens('dev')).toEqual([mine])
      expect(await domains.tokens('prod')).toEqual([one])
    })

    test('of two that replace a token, one wins; it keeps its id and gets everything else', async () => {
      const { domains } = given.it()
      const before = aToken()
      await domains.insertToken(before)
      const changed = (hash: string) => ({ ...before, hash, name: `n-${hash}`, created_at: 7, expires_at: 9 })
      const won = await Promise.all(['h1', 'h2'].map((hash) => domains.replaceToken(before, changed(hash))))
      expect(won.filter((one) => one)).toHaveLength(1)
      const after = changed(won[0] ? 'h1' : 'h2')
      expect(await domains.tokens('prod')).toEqual([after])
      expect(await domains.tokenByHash(before.hash)).toBeNull()
      expect(await domains.tokenByHash(after.hash)).toEqual(after)
    })

    test('a token does not take the name or the hash of another', async () => {
      const { domains } = given.it()
      const [one, ci, foreign] = [aToken(), aToken({ name: 'ci' }), aToken({ domain: 'dev' })]
      for (const token of [one, ci, foreign]) await domains.insertToken(token)
      expect(await domains.replaceToken(one, { ...one, name: 'ci' })).toBe(false)
      expect(await domains.replaceToken(one, { ...one, hash: foreign.hash })).toBe(false)
      expect(await domains.tokenByHash(one.hash)).toEqual(one)
      expect(await domains.replaceToken(one, { ...one, expires_at: 5 })).toBe(true)
      expect(await domains.tokenByHash(one.hash)).toEqual({ ...one, expires_at: 5 })
    })

    test('the last use of a token only moves forward', async () => {
      const { domains } = given.it()
      const token = aToken()
      await domains.insertToken(token)
      await domains.usedToken(token._id, 20)
      await domains.usedToken(token._id, 10)
      await domains.usedToken('nobody', 30)
      expect(await domains.tokens('prod')).toEqual([{ ...token, last_used_at: 20 }])
    })

    test('ending a token answers it once, and only in its own domain', async () => {
      const { domains } = given.it()
      const token = aToken()
      await domains.insertToken(token)
      expect(await domains.endToken('dev', token._id)).toBeNull()
      expect(await domains.endToken('prod', token._id)).toEqual(token)
      expect(await domains.endToken('prod', token._id)).toBeNull()
      expect(await domains.tokenByHash(token.hash)).toBeNull()
    })
  })
}
