import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/model/audit.ts'
import { cancelled } from '../../src/model/run-life.ts'
import type { AuditQuery } from '../../src/ports/store.ts'
import { newId } from '../../src/runtime/ids.ts'
import { aJob, anEntry, aRun, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const hour = 3_600_000

export function auditTests(given: Given): void {
  const all: AuditQuery = { domain: null, actor: null, object: null, since: null }
  const list = (
    query: Partial<AuditQuery> = {},
    page: { after?: string; limit?: number; oldestFirst?: boolean } = {},
  ) => given.it().audit.list({ ...all, ...query }, { after: null, limit: 100, oldestFirst: false, ...page })
  const objects = async (...asked: Parameters<typeof list>) => (await list(...asked)).map(({ object }) => object)

  /** Stores entries, each with a run that it tells of. */
  async function told(...entries: readonly AuditEntry[]): Promise<void> {
    for (const entry of entries) expect(await given.it().runs.insertOne(aRun(), entry)).toBe(true)
  }

  describe('the audit', () => {
    test('an entry is read as it was given, also after a restart', async () => {
      const [plain, full] = [
        anEntry({ object: 'plain' }),
        anEntry({
          object: 'full',
          before: { a: 1, b: null },
          after: { c: ['x'], 'd.e': { f: 'ü' } },
          token_id: 't',
          agent: 'a',
        }),
      ]
      await told(plain, full)
      await given.reopened()
      expect(await list()).toEqual([full, plain])
    })

    test('is listed by time, in either order, page by page', async () => {
      const entries = ['1', '2', '3', '4', '5'].map((object) => anEntry({ object }))
      await told(...entries)
      expect(await objects()).toEqual(['5', '4', '3', '2', '1'])
      expect(await objects({}, { limit: 2, after: String(entries[3]?._id) })).toEqual(['3', '2'])
      expect(await objects({}, { limit: 2, oldestFirst: true })).toEqual(['1', '2'])
      expect(await objects({}, { oldestFirst: true, after: String(entries[2]?._id) })).toEqual(['4', '5'])
    })

    test('is narrowed by domain, actor, object and time, in any mix, page by page', async () => {
      const entries = [
        anEntry({ object: 'j1', actor: 'ci' }),
        anEntry({ object: 'j2', actor: 'default', at: builtAt + hour }),
        anEntry({ object: 'j1', actor: 'default', at: builtAt + hour, domain: 'dev' }),
        anEntry({ object: 'j3', actor: 'admin', at: builtAt + 2 * hour }),
        anEntry({ object: 'j1', actor: 'default', at: builtAt + 3 * hour }),
      ]
      await told(...entries)
      const at = async (...asked: Parameters<typeof list>) =>
        (await list(...asked)).map((one) => entries.findIndex(({ _id }) => _id === one._id))
      expect(await at({ domain: 'prod' })).toEqual([4, 3, 1, 0])
      expect(await at({ domain: 'prod' }, { limit: 2, after: String(entries[3]?._id) })).toEqual([1, 0])
      expect(await at({ domain: 'prod' }, { oldestFirst: true, limit: 3 })).toEqual([0, 1, 3])
      expect(await at({ actor: 'default' })).toEqual([4, 2, 1])
      expect(await at({ actor: 'default', domain: 'prod' })).toEqual([4, 1])
      expect(await at({ object: 'j1' })).toEqual([4, 2, 0])
      expect(await at({ object: 'j1', domain: 'prod', actor: 'ci' })).toEqual([0])
      expect(await at({ since: builtAt + hour, domain: 'prod' })).toEqual([4, 3, 1])
      expect(await at({ since: builtAt + 2 * hour })).toEqual([4, 3])
      expect(await at({ since: builtAt + 2 * hour, object: 'j1', actor: 'default' })).toEqual([4])
      expect(await at({ domain: 'nowhere' })).toEqual([])
      expect(await at({ actor: 'x', object: 'j1' })).toEqual([])
    })

    test('entries expire in batches, oldest first', async () => {
      const { audit } = given.it()
      await told(...[1, 2, 3, 4, 5].map((at) => anEntry({ object: String(at), at: builtAt + at })))
      // A store may take an entry out of what it rode in a moment later: none is to be listed again after this.
      expect(await audit.settle(10)).toBe(0)
      expect(await audit.expire(builtAt + 4, 2)).toBe(2)
      expect(await objects()).toEqual(['5', '4', '3'])
      expect(await audit.expire(builtAt + 4, 2)).toBe(1)
      expect(await audit.expire(builtAt + 4, 2)).toBe(0)
      expect(await objects()).toEqual(['5', '4'])
      expect(await audit.settle(10)).toBe(0)
    })
  })

  describe('what is told with a write', () => {
    test('of jobs: stands with what won, and not with what was there, lost or was refused', async () => {
      const { jobs } = given.it()
      const [job, other] = [aJob({ key: 'k' }), aJob({ key: 'k' })]
      const note = (object: string) => anEntry({ object })
      expect(await jobs.insert(job, aVersion(job), aRun({}, job), note('made'))).toBe('inserted')
      expect(await jobs.insert(job, aVersion(job), null, note('made again'))).toBe('present')
      expect(await jobs.insert(other, aVersion(other), null, note('taken'))).toBe('key_taken')
      const after = { ...job, name: 'after', version: 2, rev: 2 }
      expect(await jobs.replace(job, after, aVersion(after), note('edited'))).toBe(true)
      expect(await jobs.replace(job, after, aVersion(after), note('too late'))).toBe(false)
      expect(await jobs.replace(after, { ...after, rev: 3, next_run_at: 5 }, null)).toBe(true)
      expect(await objects()).toEqual(['edited', 'made'])
    })

    test('of runs: stands with what was inserted or moved, and survives their later writes', async () => {
      const { runs } = given.it()
      const run = aRun()
      expect(await runs.insertOne(run, anEntry({ object: 'asked' }))).toBe(true)
      expect(await runs.insertOne(run, anEntry({ object: 'asked again' }))).toBe(false)
      expect(await runs.insertOne(aRun(), null)).toBe(true)
      const after = cancelled(run, 'ci', builtAt)
      if (after === null) throw new Error('the run cannot be cancelled')
      const change = (object: string) => ({ before: run, after, output: null, told: anEntry({ object }) })
      const won = await Promise.all([runs.move([change('one')]), runs.move([change('two')])])
      expect(won.flat()).toHaveLength(1)
      expect(await objects()).toEqual([won[0]?.length === 1 ? 'one' : 'two', 'asked'])
      await runs.settle([after])
      expect(await objects()).toHaveLength(2)
    })

    test('of domains, tokens and workers: stands with the change, and not where nothing changed', async () => {
      const { domains, workers } = given.it()
      const note = (object: string) => anEntry({ object })
      const domain = { domain: 'prod', display_name: null, description: null, created_at: builtAt }
      const token = {
        _id: newId(),
        name: 'ci',
        domain: 'prod',
        role: 'read',
        hash: 'h',
        created_at: 1,
        expires_at: null,
        last_used_at: null,
      } as const
      await domains.insert(domain, note('domain made'))
      await domains.insert(domain, note('again'))
      await domains.change('prod', { display_name: 'P' }, note('domain changed'))
      await domains.change('nowhere', { display_name: 'P' }, note('no such'))
      await domains.insertToken(token, note('token made'))
      await domains.insertToken(token, note('name taken'))
      await domains.replaceToken(token, { ...token, hash: 'i' }, note('token changed'))
      await domains.replaceToken(token, { ...token, hash: 'j' }, note('too late'))
      await domains.endToken('dev', token._id, note('foreign'))
      await domains.endToken('prod', token._id, note('token ended'))
      await domains.endToken('prod', token._id, note('ended already'))
      await workers.record('prod', 'w', 'online', builtAt)
      await workers.setState('prod', 'w', 'draining', builtAt, note('state'))
      await workers.setState('prod', 'nobody', 'draining', builtAt, note('nobody'))
      await domains.remove('prod', builtAt, note('removed'))
      await domains.remove('prod', builtAt, note('removed already'))
      expect(await objects({}, { oldestFirst: true })).toEqual([
        'domain made',
        'domain changed',
        'token made',
        'token changed',
        'token ended',
        'state',
        'removed',
      ])
    })
  })
}
