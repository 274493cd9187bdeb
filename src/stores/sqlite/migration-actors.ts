/** Who wrote each version of a job. Of those that were there, nobody noted it. */
export const actors = `
  ALTER TABLE job_versions ADD COLUMN actor TEXT;
  UPDATE jobs SET doc = json_set(doc, '$.updated_by', NULL);
`
