// Compiling, and knowing whether it is needed: shared by build, start and test.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPage, pageIsStale } from './page.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
/** Its time is that of the last complete build's beginning. */
const stamp = join(dist, '.built')

/** The compiler as a file for Node: a shell, and the shims that npm makes for one, are not needed. */
export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/**
 * Compiles what has changed, and builds the page if that has; tsc says on standard output what is wrong.
 * @param {{ clean?: boolean }} [options]
 * @returns {boolean} whether all is compiled
 */
export function compile({ clean = false } = {}) {
  if (!existsSync(tsc)) {
    console.error('The compiler is not installed: run `npm ci` first.')
    return false
  }
  if (clean) rmSync(dist, { recursive: true, force: true })
  const began = new Date()
  rmSync(stamp, { force: true })
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' })
  if (status !== 0 || !buildPage()) return false
  mkdirSync(dist, { recursive: true })
  writeFileSync(stamp, '')
  // What is edited while the compiler runs is newer than this.
  utimesSync(stamp, began, began)
  return true
}

/**
 * Whether dist is missing, or older than a source, a folder of sources (something was added or removed) or a setting.
 * An installed package has no sources and is never stale.
 */
export function isStale() {
  const src = join(root, 'src')
  if (!existsSync(src)) return false
  if (!existsSync(stamp) || pageIsStale()) return true
  const built = statSync(stamp).mtimeMs
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.base.json'].map((name) => join(root, name))
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((name) => join(src, name))
  return [src, ...settings, ...sources].some(
    (path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > built,
  )
}
