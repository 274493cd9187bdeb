import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/model/audit.ts'
import type { Token } from '../../src/model/domain.ts'
import type { Store } from '../../src/ports/store.ts'
import { aJob, anEntry, aRun, aVersion, builtAt } from '../builders.ts'
import { twoStores } from './stopped.ts'

const url = process.env.MONGO_TEST_URL

interface Act {
  /** Writes a document that an entry of the audit rides in. */
  readonly write: (store: Store, told: AuditEntry) => Promise<unknown>
  /** What comes to delete it. */
  readonly deletes: (store: Store) => Promise<unknown>
}

const domain = { domain: 'prod', display_name: null, description: null, created_at: builtAt }
const token: Token = {
  ...{ _id: 't', name: 'ci', domain: 'prod', role: 'read', hash: 'h' },
  ...{ created_at: builtAt, expires_at: null, last_used_at: null },
}
const deleted = aJob({ _id: 'gone', deleted_at: builtAt })
const over = aRun({ _id: 'over', status: 'success', end_ts: builtAt })

const acts: Readonly<Record<string, Act>> = {
  'the removal of a domain that is forgotten': {
    async write({ domains }, told) {
      await domains.insert(domain)
      await domains.remove('prod', builtAt, told)
    },
    deletes: ({ history }) => history.domains.forget('prod'),
  },
  'a token whose domain is removed': {
    write: ({ domains }, told) => domains.insertToken(token, told),
    deletes: ({ domains }) => domains.remove('prod', builtAt),
  },
  'a token of a domain that is emptied': {
    write: ({ domains }, told) => domains.insertToken(token, told),
    deletes: ({ history }) => history.domains.empty('prod', 10),
  },
  'a worker of a domain that is emptied': {
    async write({ workers }, told) {
      await workers.record('prod', 'w1', 'online', builtAt)
      await workers.setState('prod', 'w1', 'draining', builtAt, told)
    },
    deletes: ({ history }) => history.domains.empty('prod', 10),
  },
  'a job that is forgotten': {
    write: ({ jobs }, told) => jobs.insert(deleted, aVersion(deleted), null, told),
    deletes: ({ history }) => history.jobs.forget({ domain: 'prod', _id: 'gone' }, 10),
  },
  'a run that is removed': {
    write: ({ runs }, told) => runs.insertOne(over, told),
    deletes: ({ history }) => history.runs.remove(['over']),
  },
}

describe.skipIf(!url)(
  'an entry of the audit that a crash left in its document is listed before that is deleted',
  () => {
    const stores = twoStores(url)

    test.for(Object.entries(acts))('%s', async ([, { write, deletes }]) => {
      const { stopped, other, proxy } = stores()
      const told = anEntry()
      const hold = proxy.holdBack('insert', 'audit')
      const late = write(stopped, told)
      await hold.held
      const listed = () =>
        other.audit.list(
          { domain: null, actor: null, object: null, since: null },
          { after: null, limit: 10, oldestFirst: false },
        )
      expect(await listed()).toEqual([])
      await deletes(other)
      expect(await listed()).toEqual([told])
      hold.letGo()
      await late
      expect(await listed()).toEqual([told])
    })
  },
)
