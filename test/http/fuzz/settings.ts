import { isWhole } from '../../selection.ts'

/**
 * How much is tried, and from where: `FUZZ_RUNS` requests to each operation, `FUZZ_SEED` to see other ones, `FUZZ_ONLY` a
 * part of an operation's name (`POST /jobs/`). The same settings make the same requests.
 */
export const fuzz = {
  runs: Number(process.env.FUZZ_RUNS || (isWhole ? 40 : 5)),
  seed: Number(process.env.FUZZ_SEED || 20_261_124),
  only: process.env.FUZZ_ONLY ?? '',
} as const

/** An answer that takes longer is a hang. ms. */
export const hangAfter = 20_000

/** What the whole may take before it counts as hung. ms. */
export const fuzzTimeout = 60_000 + fuzz.runs * 2000
