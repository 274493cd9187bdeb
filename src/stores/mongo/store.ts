import type { Document } from 'mongodb'
import type { Store } from '../../ports/store.ts'
import { MongoAudit } from './audit.ts'
import { AuditWrites } from './audit-writes.ts'
import { type CollectionName, collectionsOf, names, type Parts } from './collections.ts'
import { type Connection, connect } from './connection.ts'
import { MongoDomains } from './domains.ts'
import { FigureMending } from './figure-mending.ts'
import { MongoFigures } from './figures.ts'
import { asked, Gate } from './gate.ts'
import { MongoDomainHistory } from './history-domains.ts'
import { MongoJobHistory } from './history-jobs.ts'
import { MongoRunHistory } from './history-runs.ts'
import { RunRanges } from './id-range.ts'
import { JobWrites } from './job-writes.ts'
import { MongoJobs } from './jobs.ts'
import { Ledger } from './ledger.ts'
import { MongoLogs } from './logs.ts'
import { Meta } from './meta.ts'
import { migrate } from './migrations.ts'
import { MongoRequests } from './requests.ts'
import { RunLists } from './run-lists.ts'
import { RunReads } from './run-reads.ts'
import { RunWrites } from './run-writes.ts'
import { MongoRuns } from './runs.ts'
import { SeedLift } from './seed-lift.ts'
import { Settlement } from './settlement.ts'
import { Totals } from './totals.ts'
import { MongoWorkers } from './workers.ts'

// What requests ask, and nothing that writes: nobody is kept waiting for these by a server that fell mute.
const domainReads = ['get', 'all', 'counts', 'tokenByHash', 'tokens'] as const
const jobReads = ['get', 'list', 'ids', 'count', 'version', 'versions', 'upcoming', 'ledger', 'figures'] as const
const runReads = ['get', 'byIds', 'withOutput', 'retries', 'list', 'ids', 'live', 'queues', 'countPending'] as const
const logReads = ['read', 'last', 'size', 'at', 'reaching', 'lines', 'search', 'searchNext', 'bytes'] as const
const workerReads = ['records', 'session', 'liveSessions', 'lostSessions'] as const

/** Who hears what the store does. */
export interface StoreEars {
  /** Of each bulk of one of the collections: what it took, ms, and how many writes were in it. */
  readonly told: (collection: string, ms: number, writes: number) => void
  /** Of documents that could not be taken over whole, a sentence each. */
  readonly warn: (sentence: string) => void
  /** Of each command that is sent to the server. */
  readonly commands?: (command: Document) => void
}

/** Opens the store in a database of a MongoDB server, and makes or lifts what is in it. Throws with a sentence. */
export async function openMongo(url: string, database: string, { told, warn, commands }: StoreEars): Promise<Store> {
  const connection = await connect(url, database, commands && { commands })
  const gate = new Gate(connection.pulse)
  const parts: Parts = {
    at: { url, database },
    in: collectionsOf(connection.db),
    told: (name: CollectionName) => (ms, writes) => told(names[name], ms, writes),
    background: (work) => gate.background(work),
  }
  const machinery = machineryOf(parts)
  try {
    await migrate(parts, new SeedLift({ ...parts, ...machinery, warn }), await connection.now())
    return composed(connection, parts, machinery, gate)
  } catch (error) {
    await machinery.logs.close()
    await connection.client.close()
    throw error
  }
}

/** What several parts of the store work with. */
function machineryOf(parts: Parts) {
  const meta = new Meta(parts.in.meta)
  const [reads, ranges, audit] = [new RunReads(parts.in), new RunRanges(meta), new AuditWrites(parts)]
  const writes = new RunWrites(parts, ranges, audit)
  return { meta, reads, ranges, audit, writes, settlement: new Settlement(parts, writes), logs: new MongoLogs(parts) }
}

function composed(
  { client, now }: Connection,
  parts: Parts,
  { meta, reads, ranges, audit, writes, settlement, logs }: ReturnType<typeof machineryOf>,
  gate: Gate,
): Store {
  const jobs = new JobWrites(parts, writes, audit)
  const lists = new RunLists(parts.in, reads, ranges)
  const [totals, ledger] = [new Totals(parts.in, reads), new Ledger(parts.in, reads)]
  let closed: Promise<void> | null = null
  return {
    domains: gate.guarded(new MongoDomains(parts, audit), domainReads),
    jobs: gate.guarded(new MongoJobs({ in: parts.in, writes: jobs, runs: writes, totals, ledger }), jobReads),
    runs: gate.guarded(new MongoRuns({ in: parts.in, reads, writes, lists, settlement, logs }), runReads),
    figures: gate.guarded(new MongoFigures(parts, reads, new FigureMending(parts, reads, meta)), ['stats']),
    logs: gate.guarded(logs, logReads),
    workers: gate.guarded(new MongoWorkers(parts, audit), workerReads),
    requests: gate.guarded(new MongoRequests(parts)),
    audit: gate.guarded(new MongoAudit(parts.in.audit, audit), ['list']),
    now: () => gate.whole(() => asked(now)),
    history: {
      runs: gate.guarded(new MongoRunHistory(parts.in, reads, ranges, audit)),
      jobs: gate.guarded(new MongoJobHistory(parts.in, audit)),
      domains: gate.guarded(new MongoDomainHistory(parts.in, audit)),
      // The server itself uses again what is freed.
      compact: async () => false,
    },
    // Whether it can be written is known by writing.
    check: () => gate.whole(() => meta.set('checked', { at: Date.now() })),
    close() {
      closed ??= logs
        .close()
        .then(() => gate.close())
        .then(() => client.close())
      return closed
    },
  }
}
