/**
 * Figures of runs by time: of all (`domain` and `job_id` empty), of a domain and of each job, by the minute and by the hour.
 * The width comes after the job, so that what a run adds to lies on few pages.
 */
export const figures = `
  CREATE TABLE run_figures (
    domain TEXT NOT NULL, job_id TEXT NOT NULL, width INTEGER NOT NULL, start INTEGER NOT NULL,
    success INTEGER NOT NULL, failed INTEGER NOT NULL, timed_out INTEGER NOT NULL, cancelled INTEGER NOT NULL,
    duration TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (domain, job_id, width, start)
  ) WITHOUT ROWID;
`
