import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { makeFolder } from './folder.ts'

export interface Launch {
  readonly folder: string
  /** The Node to run it with; this process's own by default. */
  readonly nodePath?: string | undefined
  /** `main.js`; the one beside this file by default. */
  readonly entry?: string | undefined
  /** Of which it gets PATH and the like; it needs none. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Which spawner to use; for tests. */
  readonly spawner?: 'child_process' | undefined
}

const passed = ['PATH', 'HOME', 'LANG', 'TZ']

/** Starts a supervisor, detached and in a session of its own: it outlives us. */
export function launchSupervisor(launch: Launch): void {
  const { nodePath = process.execPath, entry = ownEntry(), spawner, environment = {} } = launch
  const folder = makeFolder(launch.folder)
  const log = openSync(folder.log, 'a', 0o600)
  const options = ['--folder', folder.path, ...(spawner === undefined ? [] : ['--spawner', spawner])]
  // Small young generations: runs leave short-lived garbage, and memory would grow by 100 MB before V8 minds.
  const child = spawn(nodePath, ['--no-warnings', '--max-semi-space-size=1', entry, ...options], {
    cwd: folder.path,
    // Whatever is given, no secret of the agent's can reach it. (On Windows libuv adds what a program cannot run without.)
    env: Object.fromEntries(passed.map((name) => [name, environment[name]])),
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
}

/** `main.ts` when run from the sources, `main.js` when built. */
function ownEntry(): string {
  const here = fileURLToPath(import.meta.url)
  return here.replace(/launch\.(ts|js)$/, 'main.$1')
}
