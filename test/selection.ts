import process from 'node:process'

/** Whether every case is to be run: `HYDRA_TEST_ALL=1`, as the continuous integration does; else a selection that takes little time. */
export const isWhole = process.env.HYDRA_TEST_ALL === '1'
