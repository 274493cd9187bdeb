import type { Db } from 'mongodb'
import type { BulkTold } from './gathered.ts'
import type { Documents, Stored } from './stored.ts'

/** What lies where. The first three are those of the seed's system. */
export const names = {
  domains: 'domains',
  jobs: 'job_definitions',
  runs: 'job_runs',
  tokens: 'tokens',
  versions: 'job_versions',
  jobNames: 'job_names',
  totals: 'job_totals',
  skips: 'skips',
  attempts: 'run_attempts',
  outputs: 'run_outputs',
  figures: 'run_figures',
  chunks: 'log_chunks',
  workers: 'worker_records',
  sessions: 'sessions',
  samples: 'worker_samples',
  requests: 'requests',
  audit: 'audit',
  unreadable: 'unreadable',
  meta: 'meta',
} as const

export type CollectionName = keyof typeof names
export type Collections = Readonly<Record<CollectionName, Documents>>

export function collectionsOf(db: Db): Collections {
  const of = (name: CollectionName): Documents => db.collection<Stored>(names[name])
  return {
    domains: of('domains'),
    jobs: of('jobs'),
    runs: of('runs'),
    tokens: of('tokens'),
    versions: of('versions'),
    jobNames: of('jobNames'),
    totals: of('totals'),
    skips: of('skips'),
    attempts: of('attempts'),
    outputs: of('outputs'),
    figures: of('figures'),
    chunks: of('chunks'),
    workers: of('workers'),
    sessions: of('sessions'),
    samples: of('samples'),
    requests: of('requests'),
    audit: of('audit'),
    unreadable: of('unreadable'),
    meta: of('meta'),
  }
}

/** What every part of the driver is given. */
export interface Parts {
  /** Where the store is: for what reads it on a connection of its own. */
  readonly at: { readonly url: string; readonly database: string }
  readonly in: Collections
  /** Who hears of the bulks of a collection. */
  readonly told: (name: CollectionName) => BulkTold
  /** Does something that nobody waits for but the store's end. What fails is found and done by another way. */
  readonly background: (work: () => Promise<unknown>) => void
}
