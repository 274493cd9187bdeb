import { defineConfig } from 'vitest/config'
import { isWhole } from './test/selection.ts'

/** Seconds, in ms: what a test may take on a machine of two busy cores before it counts as hung. */
const seconds = (count: number) => ({ testTimeout: count * 1000, hookTimeout: count * 1000, teardownTimeout: 10_000 })

/** The suites with a project of their own. */
const own = ['tooling', 'contract', 'e2e', 'chaos']

/**
 * Files of one worker share its modules: they keep nothing in them, and loading them anew for each of two hundred files took as
 * much processor time as a fifth of the tests.
 */
const shared = { isolate: false }

/**
 * In the whole run, unattended and on two cores, a test of several processes that failed is tried once more: a machine that stands
 * still for some seconds is as good as a fault. The closing lines name each of them, and why it failed first.
 */
const again = { retry: isWhole ? 1 : 0 }

export default defineConfig({
  test: {
    // Tests of processes wait most of the time: with three files at once two cores are busy, with two a third of them was idle. What
    // the whole run adds loads a machine by itself.
    maxWorkers: isWhole ? 2 : 3,
    pool: 'forks',
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'ui/src/**/*.test.ts'], ...seconds(20), ...shared } },
      { test: { name: 'tooling', include: ['test/tooling/**/*.test.ts'], ...seconds(60) } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...seconds(30), ...shared } },
      // Everything else under test, so that no file lies where nothing runs it.
      {
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: own.map((name) => `test/${name}/**`),
          ...seconds(60),
          ...shared,
          ...again,
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...seconds(60), ...again } },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...seconds(120), ...again } },
    ],
  },
})
