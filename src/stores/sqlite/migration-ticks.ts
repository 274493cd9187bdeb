/**
 * The ledger of ticks, read by outcome: of runs those that were made late, which are few; of skips each cause by itself.
 * And runs that are held: also few, so that their jobs find them at once.
 */
export const ticks = `
  ALTER TABLE runs ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
  UPDATE runs SET late = 1 WHERE tick_key IS NOT NULL AND created_at - json_extract(doc, '$.schedule_tick') > 1000;
  CREATE INDEX runs_late ON runs (tick_key) WHERE late = 1;
  CREATE INDEX runs_held ON runs (job_id, id) WHERE held = 1;
  DROP INDEX skips_of_job;
  CREATE INDEX skips_of_job ON skips (job_id, outcome, "from", "to");
`
