import process from 'node:process'
import type { TestContext } from 'vitest'

/** Whether every case is to be run: `HYDRA_TEST_ALL=1`, as the continuous integration does; else a selection that takes little time. */
export const isWhole = process.env.HYDRA_TEST_ALL === '1'

/** Leaves a test to the whole run, by name: what it shows is shown by a cheaper one too, or is beside the main road. */
export const skipUnlessWhole = (context: Pick<TestContext, 'skip'>): void =>
  context.skip(!isWhole, 'HYDRA_TEST_ALL=1 runs what takes long')
