/**
 * What lists are read from, so that none walks far over what it does not show. Each index of jobs holds all that jobs can be
 * filtered by, so what does not match is passed over without looking at the job; those of settled runs by user and by worker
 * grow at their ends only, which costs a write next to nothing.
 */
export const lists = `
  ALTER TABLE jobs ADD COLUMN text TEXT NOT NULL DEFAULT '';
  ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN planned INTEGER NOT NULL DEFAULT 0;
  UPDATE jobs SET text = fold(name) || char(10) || fold(key), planned = next_run_at IS NOT NULL,
    priority = json_extract(doc, '$.priority'), updated_at = json_extract(doc, '$.updated_at');

  DROP INDEX jobs_of_domain;
  DROP INDEX jobs_planned;
  CREATE INDEX jobs_of_domain ON jobs (domain, id, planned, mode, enabled, queue, text) WHERE deleted = 0;
  CREATE INDEX jobs_by_name ON jobs (domain, text, id, mode, enabled, queue) WHERE deleted = 0;
  CREATE INDEX jobs_by_change ON jobs (domain, updated_at, id, mode, enabled, queue, text) WHERE deleted = 0;
  CREATE INDEX jobs_by_priority ON jobs (domain, priority, id, mode, enabled, queue, text) WHERE deleted = 0;
  CREATE INDEX jobs_planned ON jobs (next_run_at, id, domain, mode, enabled, queue, text) WHERE next_run_at IS NOT NULL;

  CREATE TABLE job_names (
    domain TEXT NOT NULL, job_id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (domain, job_id, text)
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO job_names (domain, job_id, text) SELECT domain, id, fold(name) FROM jobs;
  INSERT OR IGNORE INTO job_names (domain, job_id, text)
    SELECT jobs.domain, job_id, fold(json_extract(definition, '$.name')) FROM job_versions JOIN jobs ON jobs.id = job_id;

  DROP INDEX runs_unsuccessful;
  CREATE INDEX runs_unsuccessful ON runs (id, domain, job_id, status, user, worker_id) WHERE unsuccessful = 1;
  CREATE INDEX runs_of_user ON runs (domain, user, id, status, worker_id) WHERE settled = 1;
  CREATE INDEX runs_of_worker ON runs (domain, worker_id, id, status) WHERE settled = 1 AND worker_id IS NOT NULL;

  CREATE TABLE domain_counts (domain TEXT PRIMARY KEY, settled INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO domain_counts (domain, settled) SELECT domain, count(*) FROM runs WHERE settled = 1 GROUP BY domain;
  CREATE TRIGGER runs_settled AFTER UPDATE OF settled ON runs WHEN new.settled > old.settled BEGIN
    INSERT INTO domain_counts (domain, settled) VALUES (new.domain, 1) ON CONFLICT DO UPDATE SET settled = settled + 1;
  END;
  CREATE TRIGGER runs_inserted_settled AFTER INSERT ON runs WHEN new.settled = 1 BEGIN
    INSERT INTO domain_counts (domain, settled) VALUES (new.domain, 1) ON CONFLICT DO UPDATE SET settled = settled + 1;
  END;
  CREATE TRIGGER runs_removed AFTER DELETE ON runs WHEN old.settled = 1 BEGIN
    UPDATE domain_counts SET settled = settled - 1 WHERE domain = old.domain;
  END;
`
