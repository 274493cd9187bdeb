// `npm run build`: compiles src to dist. With --clean, dist is emptied first (for publishing: no file of a removed source).
import { nodeIsNewEnough } from './node-version.mjs'

if (nodeIsNewEnough()) {
  import('./compile.mjs').then(({ compile }) => {
    process.exitCode = compile({ clean: process.argv.includes('--clean') }) ? 0 : 1
  })
}
