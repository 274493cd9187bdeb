import { mkdirSync } from 'node:fs'
import { AuditRows } from '../src/stores/sqlite/audit-rows.ts'
import { Commits } from '../src/stores/sqlite/commits.ts'
import { type Db, openDatabase } from '../src/stores/sqlite/database.ts'
import { SqliteDomains } from '../src/stores/sqlite/domains.ts'
import { IdRanges } from '../src/stores/sqlite/id-range.ts'
import { JobRows } from '../src/stores/sqlite/job-rows.ts'
import { SqliteLogs } from '../src/stores/sqlite/logs.ts'
import { Rollups } from '../src/stores/sqlite/rollups.ts'
import { RunRows } from '../src/stores/sqlite/run-rows.ts'
import { logMigrations, mainMigrations } from '../src/stores/sqlite/schema.ts'
import { filesOf } from '../src/stores/sqlite/store.ts'
import { Totals } from '../src/stores/sqlite/totals.ts'
import { aChunk } from '../test/builders.ts'
import { type SeededRun, type SeedPlan, seedDomains, seedJobs, seedPending, seedRuns } from './seed-data.ts'
import { seedAudit, seedSkips, seedVersions } from './seed-ledger.ts'

/** Rows of one transaction. */
const batch = 5000
/** Every so many runs with output one has its whole log. */
const withLog = 100

/**
 * Fills a fresh SQLite store through the driver's own writers of rows, many to a transaction and without waiting for the
 * disk: what lies in the files is what the server itself would have written. `node bench/seed.ts FOLDER [JOBS] [RUNS] [DAYS]`
 */
export async function seedStore(folder: string, plan: SeedPlan): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = filesOf(folder)
  const [main, logs] = [openDatabase(files.main, mainMigrations), openDatabase(files.logs, logMigrations)]
  try {
    await domainsInto(main, plan)
    for (const db of [main, logs]) hurried(db)
    const jobs = jobsInto(main, plan)
    await runsInto(main, logs, plan, jobs)
  } finally {
    main.close()
    logs.close()
  }
}

/** A crash would leave half a file, and the file is thrown away then. */
function hurried(db: Db): void {
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -400000')
  db.pragma('wal_autocheckpoint = 20000')
}

async function domainsInto(db: Db, plan: SeedPlan): Promise<void> {
  const domains = new SqliteDomains(db, new Commits(db), new AuditRows(db))
  const created_at = plan.until - 2 * plan.days * 86_400_000
  for (const domain of seedDomains) await domains.insert({ ...domain, created_at })
}

function jobsInto(db: Db, plan: SeedPlan): ReturnType<typeof allJobs> {
  const rows = new JobRows(db)
  const audit = new AuditRows(db)
  const jobs = allJobs(plan)
  db.transaction(() => {
    for (const { job, version } of jobs) {
      rows.insert(job)
      rows.insertVersion(version)
    }
    for (const version of seedVersions(jobs)) rows.insertVersion(version)
    for (const skip of seedSkips(plan, jobs)) rows.putSkip(skip)
    for (const entry of seedAudit(plan, jobs)) audit.put(entry)
  })()
  return jobs
}

const allJobs = (plan: SeedPlan) => [...seedJobs(plan)]

async function runsInto(main: Db, logs: Db, plan: SeedPlan, jobs: ReturnType<typeof allJobs>): Promise<void> {
  const [rows, totals, rollups] = [new RunRows(main, new IdRanges(main)), new Totals(main), new Rollups(main)]
  const logStore = new SqliteLogs(logs, new Commits(logs))
  let talkative = 0
  const write = main.transaction((some: readonly SeededRun[]) => {
    for (const { run, output } of some) {
      rows.insert(run)
      if (output.stdout !== '') rows.keep(run._id, output)
    }
    totals.count(some.map(({ run }) => run))
    rollups.count(some.map(({ run }) => run))
  })
  for (const some of inBatches(seedRuns(plan, jobs))) {
    write(some)
    const told = some.filter(({ output }) => output.stdout !== '' && talkative++ % withLog === 0)
    await logStore.append(told.map(({ run, output }) => aChunk({ run_id: run._id, text: output.stdout })))
  }
  main.transaction(() => {
    for (const run of seedPending(plan, jobs)) rows.insert(run)
  })()
}

function* inBatches<T>(items: Iterable<T>): Generator<readonly T[]> {
  let some: T[] = []
  for (const item of items) {
    some.push(item)
    if (some.length < batch) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

if (import.meta.main) {
  const [folder, jobs = '100000', runs = '1000000', days = '90'] = process.argv.slice(2)
  if (folder === undefined) throw new Error('node bench/seed.ts FOLDER [JOBS] [RUNS] [DAYS]')
  const begin = performance.now()
  const plan = { jobs: Number(jobs), runs: Number(runs), days: Number(days), pending: 2000, until: Date.now() }
  await seedStore(folder, plan)
  console.log(`${jobs} jobs and ${runs} runs in ${((performance.now() - begin) / 1000).toFixed(1)} s`)
}
