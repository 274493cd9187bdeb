// `npm test [-- filters and options of vitest]`: builds, runs the tests once, ends with the line `N passed, N failed`.
import { nodeIsNewEnough } from './node-version.mjs'

if (nodeIsNewEnough()) import('./run-tests.mjs')
