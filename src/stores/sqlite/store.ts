import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Store } from '../../ports/store.ts'
import { SqliteAudit } from './audit.ts'
import { AuditRows } from './audit-rows.ts'
import { Commits } from './commits.ts'
import { type Db, openDatabase } from './database.ts'
import { SqliteDomains } from './domains.ts'
import { Freed } from './freed.ts'
import { SqliteDomainHistory } from './history-domains.ts'
import { SqliteJobHistory } from './history-jobs.ts'
import { SqliteRunHistory } from './history-runs.ts'
import { IdRanges } from './id-range.ts'
import { SqliteJobs } from './jobs.ts'
import { SqliteLogs } from './logs.ts'
import { SqliteRequests } from './requests.ts'
import { RollupMending } from './rollup-mending.ts'
import { Rollups } from './rollups.ts'
import { RunLists } from './run-lists.ts'
import { RunRows } from './run-rows.ts'
import { SqliteRuns } from './runs.ts'
import { logMigrations, mainMigrations } from './schema.ts'
import { Totals } from './totals.ts'
import { SqliteWorkers } from './workers.ts'

/** The two files of a store: a folder holds `hydra.db` and `logs.db`; beside `x.db` lies `x-logs.db`. */
export function filesOf(path: string): { main: string; logs: string } {
  const file = /^(.*)\.db$/.exec(basename(path))
  if (file === null) return { main: join(path, 'hydra.db'), logs: join(path, 'logs.db') }
  return { main: path, logs: join(dirname(path), file[1] === 'hydra' ? 'logs.db' : `${file[1]}-logs.db`) }
}

/** Hears of each commit of one of the files what it took, ms, and how many writes were in it. */
export type StoreTold = (file: string, ms: number, writes: number) => void

/** Opens the store in a folder or file, and makes it where there is none. Throws with a sentence. */
export function openSqlite(path: string, told: StoreTold = () => {}): Store {
  const files = filesOf(path)
  mkdirSync(dirname(files.main), { recursive: true, mode: 0o700 })
  const main = openDatabase(files.main, mainMigrations)
  try {
    return composed(main, openDatabase(files.logs, logMigrations), told)
  } catch (error) {
    main.close()
    throw error
  }
}

/** A store on two open databases. Each has its own commits: a flood of output does not hold a run's state. */
export function composed(main: Db, logs: Db, told: StoreTold = () => {}): Store {
  const commits = new Commits(main, (ms, writes) => told('main', ms, writes))
  const logCommits = new Commits(logs, (ms, writes) => told('logs', ms, writes))
  const ids = new IdRanges(main)
  const [rows, totals, rollups] = [new RunRows(main, ids), new Totals(main), new Rollups(main)]
  const audit = new AuditRows(main)
  const mending = new RollupMending(main, commits, rollups)
  const [touchMain, touchLogs] = [touch(main), touch(logs)]
  const freed = [new Freed(main, commits), new Freed(logs, logCommits)]
  const logStore = new SqliteLogs(logs, logCommits)
  let closed: Promise<void> | null = null
  return {
    domains: new SqliteDomains(main, commits, audit),
    jobs: new SqliteJobs(main, commits, { runs: rows, totals, audit }),
    runs: new SqliteRuns({ db: main, commits, rows, totals, rollups, lists: new RunLists(main, ids), audit }),
    figures: {
      stats: async ({ buckets, ...query }) => rollups.stats(query, buckets),
      mend: (now) => mending.mend(now),
      forget: (before) => mending.forget(before),
    },
    logs: logStore,
    workers: new SqliteWorkers(main, commits, audit),
    requests: new SqliteRequests(main, commits),
    history: {
      runs: new SqliteRunHistory({ main, commits, logs, logCommits, ids }),
      jobs: new SqliteJobHistory(main, commits),
      domains: new SqliteDomainHistory(main, commits),
      async compact() {
        const more = await Promise.all(freed.map((file) => file.giveBack()))
        return more.includes(true)
      },
    },
    audit: new SqliteAudit(main, commits),
    // This machine's clock is the store's: nobody else reads or writes these files.
    now: async () => Date.now(),
    async check() {
      const now = Date.now()
      await Promise.all([commits.write(() => touchMain(now)), logCommits.write(() => touchLogs(now))])
    },
    close() {
      closed ??= (async () => {
        // Its readers first: who closes last puts the write-ahead log away, and they may not write.
        await logStore.close()
        logCommits.close()
        commits.close()
      })()
      return closed
    },
  }
}

/** A write that changes nothing that anyone reads: whether the file can be written is known by writing. */
function touch(db: Db): (now: number) => void {
  const statement = db.prepare<[number]>(
    `INSERT INTO meta (name, value) VALUES ('checked_at', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  )
  return (now) => {
    statement.run(now)
  }
}
