import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile, isStale, root } from './compile.mjs'

const main = join(root, 'dist', 'cli', 'main.js')
const parent = process.ppid

if (prepare()) {
  process.argv = [process.execPath, main, 'up', ...process.argv.slice(2)]
  await import(pathToFileURL(main).href)
}

/** Whether there is something to start, and someone to start it for. */
function prepare() {
  if (isStale()) {
    console.error('building…')
    if (!compile()) return fail('The build failed; nothing was started.')
  }
  // npm may have been ended during the build: nobody would ever stop what starts now.
  if (process.ppid !== parent) return fail('npm has ended; nothing was started.')
  return existsSync(main) || fail(`There is no ${main}: run \`npm run build\`.`)
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence)
  process.exitCode = 1
  return false
}
