// Building the page (ui/) into dist/ui, and knowing whether that is needed: shared by build, start and test.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const ui = join(root, 'ui')
const out = join(root, 'dist', 'ui')
/** Its time is that of the last complete build's beginning. Not among what is served. */
const stamp = join(root, 'dist', '.page-built')
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

/** Whether there are sources of the page, and it is missing or older than one of them. */
export function pageIsStale() {
  if (!existsSync(join(ui, 'index.html'))) return false
  if (!existsSync(stamp) || !existsSync(join(out, 'index.html'))) return true
  const built = statSync(stamp).mtimeMs
  const parts = [ui, join(root, 'src', 'client'), join(root, 'src', 'model')]
  const sources = parts.flatMap((part) => [
    part,
    ...readdirSync(part, { recursive: true, encoding: 'utf8' }).map((name) => join(part, name)),
  ])
  return [join(root, 'package.json'), ...sources].some((path) => statSync(path).mtimeMs > built)
}

/**
 * Builds the page if that is needed; vite says on standard output what is wrong.
 * @returns {boolean} whether it is built
 */
export function buildPage() {
  if (!pageIsStale()) return true
  const began = new Date()
  rmSync(stamp, { force: true })
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', ui], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) return false
  compressFiles()
  writeFileSync(stamp, '')
  utimesSync(stamp, began, began)
  return true
}

/** Beside each file that shrinks stands its compressed twin: the server sends that, and compresses nothing itself. */
function compressFiles() {
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:js|css|svg)$/.test(name)) continue
    const file = join(out, name)
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), { params }))
  }
}
