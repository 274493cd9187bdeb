import { actors } from './migration-actors.ts'
import { audit } from './migration-audit.ts'
import { figures } from './migration-figures.ts'
import { history } from './migration-history.ts'
import { lists } from './migration-lists.ts'
import { ticks } from './migration-ticks.ts'

/**
 * The files' shapes, one migration after another: a store at number n has had the first n. A migration that was
 * published is never edited; the next one is added below it.
 *
 * Each index costs every run a write, and each page that a commit touches is written whole; so there is one for each
 * question and no more, and `runs` is in three parts that each run goes through in turn:
 * - live runs are in small indexes that they leave when they end;
 * - final runs whose effects are not done are in `runs_open`, also small;
 * - settled runs are in the large indexes by domain and by job. They get there when they are settled, many at a time:
 *   were they in them from the start, 64 runs of 64 jobs would dirty 64 pages at the insert and 64 at the end.
 * A view of all runs merges the three. `tick_key` is null where it is the run's own (`run:<id>`): the primary key holds
 * that unique already.
 */
export const mainMigrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE domains (
    domain TEXT PRIMARY KEY, display_name TEXT, description TEXT, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE tokens (
    _id TEXT PRIMARY KEY, name TEXT NOT NULL, domain TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER, UNIQUE (domain, name)
  );

  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, rev INTEGER NOT NULL, domain TEXT NOT NULL, key_unique TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, key TEXT, mode TEXT NOT NULL, enabled INTEGER NOT NULL, queue TEXT NOT NULL,
    next_run_at INTEGER, open INTEGER NOT NULL, deleted INTEGER NOT NULL, doc TEXT NOT NULL
  );
  CREATE INDEX jobs_of_domain ON jobs (domain, id) WHERE deleted = 0;
  CREATE INDEX jobs_planned ON jobs (next_run_at, id, domain) WHERE next_run_at IS NOT NULL;
  CREATE INDEX jobs_open ON jobs (id) WHERE open = 1;
  CREATE TABLE job_versions (
    job_id TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL, definition TEXT NOT NULL,
    PRIMARY KEY (job_id, version)
  );
  CREATE TABLE job_totals (
    job_id TEXT PRIMARY KEY, total INTEGER NOT NULL, success INTEGER NOT NULL, failed INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE skips (
    _id TEXT PRIMARY KEY, job_id TEXT NOT NULL, domain TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL,
    count INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, "of" TEXT
  );
  CREATE INDEX skips_of_job ON skips (job_id, "from");

  CREATE TABLE runs (
    id TEXT PRIMARY KEY, rev INTEGER NOT NULL, domain TEXT NOT NULL, job_id TEXT NOT NULL, tick_key TEXT,
    job_name TEXT NOT NULL, user TEXT NOT NULL, created_at INTEGER NOT NULL,
    status TEXT NOT NULL, waiting INTEGER NOT NULL, live INTEGER NOT NULL, held INTEGER NOT NULL,
    not_before INTEGER NOT NULL, session TEXT, worker_id TEXT, start_ts INTEGER, unsuccessful INTEGER NOT NULL,
    open INTEGER NOT NULL, settled INTEGER NOT NULL, doc TEXT NOT NULL
  );
  CREATE UNIQUE INDEX runs_tick_key ON runs (tick_key) WHERE tick_key IS NOT NULL;
  CREATE INDEX runs_live ON runs (job_id, id, status, start_ts) WHERE live = 1;
  CREATE INDEX runs_waiting ON runs (id, held, not_before, domain, status) WHERE waiting = 1;
  CREATE INDEX runs_due ON runs (not_before, held) WHERE waiting = 1;
  CREATE INDEX runs_of_session ON runs (session, id) WHERE session IS NOT NULL;
  CREATE INDEX runs_open ON runs (id, job_id, status, domain, start_ts) WHERE open = 1;
  CREATE INDEX runs_of_domain ON runs (domain, id, created_at) WHERE settled = 1;
  CREATE INDEX runs_of_job ON runs (job_id, id, created_at, start_ts) WHERE settled = 1;
  CREATE INDEX runs_unsuccessful ON runs (id, domain, job_id, status) WHERE unsuccessful = 1;
  CREATE TABLE run_output (run_id TEXT PRIMARY KEY, stdout BLOB NOT NULL, stderr BLOB NOT NULL);

  CREATE TABLE worker_records (
    domain TEXT NOT NULL, worker_id TEXT NOT NULL, state TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (domain, worker_id)
  ) WITHOUT ROWID;
  CREATE TABLE sessions (id TEXT PRIMARY KEY, rev INTEGER NOT NULL, state TEXT NOT NULL, doc TEXT NOT NULL);
  CREATE INDEX sessions_live ON sessions (id) WHERE state = 'live';

  CREATE TABLE requests (
    _id TEXT PRIMARY KEY, body_hash TEXT NOT NULL, job_id TEXT NOT NULL, run_id TEXT NOT NULL,
    status INTEGER, body TEXT, created_at INTEGER NOT NULL
  );
  CREATE INDEX requests_made ON requests (created_at);
  `,
  lists,
  figures,
  `CREATE INDEX sessions_over ON sessions (json_extract(doc, '$.ended_at')) WHERE state <> 'live';`,
  actors,
  history,
  ticks,
  audit,
  // Jobs with a decided tick stay at 1: many that were deleted do not stand before them.
  `
  UPDATE jobs SET open = 2 WHERE open = 1 AND json_extract(doc, '$.due') IS NULL;
  CREATE INDEX jobs_ending ON jobs (id) WHERE open = 2;
  `,
  // Retries by hand: few, so the index is small, and no other run pays for it.
  `
  ALTER TABLE runs ADD COLUMN retry_of TEXT;
  CREATE INDEX runs_retries ON runs (retry_of, id) WHERE retry_of IS NOT NULL;
  `,
  // The samples of a worker's machine: sixty places in one row, written once a minute.
  `
  CREATE TABLE worker_samples (
    domain TEXT NOT NULL, worker_id TEXT NOT NULL, updated_at INTEGER NOT NULL, places TEXT NOT NULL,
    PRIMARY KEY (domain, worker_id)
  ) WITHOUT ROWID;
  CREATE INDEX worker_samples_told ON worker_samples (updated_at);
  `,
]

/**
 * Chunks are found by run, attempt and sequence. Their bytes come last: a chunk's numbers are read without touching the
 * pages that its bytes spill into. `lines` is the highest line number begun in this chunk or before it.
 */
export const logMigrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE chunks (
    run_id TEXT NOT NULL, attempt INTEGER NOT NULL, seq INTEGER NOT NULL, stream INTEGER NOT NULL,
    "offset" INTEGER NOT NULL, pos INTEGER NOT NULL, line INTEGER NOT NULL, cont INTEGER NOT NULL, ts REAL NOT NULL,
    lines INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (run_id, attempt, seq)
  ) WITHOUT ROWID;
  `,
  // In an index, and a table without rowids is one, SQLite fetches a whole entry to compare it, all 64 KiB of it: each look for
  // a chunk read some ten of them. In a table with rowids the index has the keys alone.
  `
  ALTER TABLE chunks RENAME TO chunks_before;
  CREATE TABLE chunks (
    run_id TEXT NOT NULL, attempt INTEGER NOT NULL, seq INTEGER NOT NULL, stream INTEGER NOT NULL,
    "offset" INTEGER NOT NULL, pos INTEGER NOT NULL, line INTEGER NOT NULL, cont INTEGER NOT NULL, ts REAL NOT NULL,
    lines INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (run_id, attempt, seq)
  );
  INSERT INTO chunks (run_id, attempt, seq, stream, "offset", pos, line, cont, ts, lines, size, bytes)
  SELECT run_id, attempt, seq, stream, "offset", pos, line, cont, ts,
    max(lines) OVER (PARTITION BY run_id, attempt ORDER BY seq), size, bytes
  FROM chunks_before ORDER BY run_id, attempt, seq;
  DROP TABLE chunks_before;
  `,
]
