/**
 * What housekeeping finds things by. `kept` counts the settled runs that a job still has, so that what is beyond `keep_runs`
 * is known without counting; a trigger keeps it, as it does the counts of domains. A removed domain stays, with the time
 * of its removal, until its data is gone.
 */
export const history = `
  ALTER TABLE domains ADD COLUMN removed_at INTEGER;
  CREATE INDEX domains_removed ON domains (removed_at) WHERE removed_at IS NOT NULL;
  INSERT INTO domains (domain, created_at, removed_at) SELECT DISTINCT domain, 0, 1 FROM jobs WHERE true ON CONFLICT DO NOTHING;
  INSERT INTO domains (domain, created_at, removed_at) SELECT domain, 0, 1 FROM domain_counts WHERE true ON CONFLICT DO NOTHING;

  ALTER TABLE jobs ADD COLUMN keep_runs INTEGER;
  UPDATE jobs SET keep_runs = json_extract(doc, '$.keep_runs') WHERE json_extract(doc, '$.keep_runs') IS NOT NULL;
  CREATE INDEX jobs_keeping ON jobs (id, keep_runs) WHERE keep_runs IS NOT NULL;
  CREATE INDEX jobs_deleted ON jobs (domain, id, open, updated_at) WHERE deleted = 1;

  ALTER TABLE job_totals ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
  INSERT INTO job_totals (job_id, total, success, failed, kept)
    SELECT job_id, 0, 0, 0, count(*) FROM runs INDEXED BY runs_of_job WHERE settled = 1 GROUP BY job_id
    ON CONFLICT (job_id) DO UPDATE SET kept = excluded.kept;
  DROP TRIGGER runs_settled;
  DROP TRIGGER runs_inserted_settled;
  DROP TRIGGER runs_removed;
  CREATE TRIGGER runs_settled AFTER UPDATE OF settled ON runs WHEN new.settled > old.settled BEGIN
    INSERT INTO domain_counts (domain, settled) VALUES (new.domain, 1) ON CONFLICT DO UPDATE SET settled = settled + 1;
    INSERT INTO job_totals (job_id, total, success, failed, kept) VALUES (new.job_id, 0, 0, 0, 1)
      ON CONFLICT DO UPDATE SET kept = kept + 1;
  END;
  CREATE TRIGGER runs_inserted_settled AFTER INSERT ON runs WHEN new.settled = 1 BEGIN
    INSERT INTO domain_counts (domain, settled) VALUES (new.domain, 1) ON CONFLICT DO UPDATE SET settled = settled + 1;
    INSERT INTO job_totals (job_id, total, success, failed, kept) VALUES (new.job_id, 0, 0, 0, 1)
      ON CONFLICT DO UPDATE SET kept = kept + 1;
  END;
  CREATE TRIGGER runs_removed AFTER DELETE ON runs WHEN old.settled = 1 BEGIN
    UPDATE domain_counts SET settled = settled - 1 WHERE domain = old.domain;
    UPDATE job_totals SET kept = kept - 1 WHERE job_id = old.job_id;
  END;

  CREATE INDEX skips_by_end ON skips ("to");
  CREATE INDEX requests_open ON requests (created_at, run_id) WHERE status IS NULL;
`
