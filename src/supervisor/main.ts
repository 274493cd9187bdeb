import { rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { type Folder, makeFolder, socketPath } from './folder.ts'
import { ownFolder } from './identity.ts'
import { closeInherited } from './inherited.ts'
import { Journal } from './journal.ts'
import { type Libc, openLibc } from './libc.ts'
import { listen } from './listener.ts'
import { PlainProcesses } from './plain-processes.ts'
import { PosixProcesses } from './posix-processes.ts'
import { bootId } from './proc.ts'
import type { Processes } from './processes.ts'
import { recover } from './recovery.ts'
import { Supervisor } from './supervisor.ts'

/** What is asked to end as a whole (SIGTERM) gives its jobs this long; ms. */
const graceOfAll = 5000

/** Ours alone: another one holds the folder. */
const folderTaken = 3

const { values } = parseArgs({ options: { folder: { type: 'string' }, spawner: { type: 'string' } } })
if (values.folder === undefined) throw new Error('--folder is missing')
await main(values.folder, values.spawner)

async function main(path: string, spawner: string | undefined): Promise<void> {
  closeInherited()
  const folder = makeFolder(path)
  const libc = spawner === 'child_process' ? null : await openLibc()
  if (!ownFolder(folder, libc)) process.exit(folderTaken)
  const journal = new Journal(folder.journal, bootId())
  await recover(folder, journal)
  const supervisor = new Supervisor(folder, choose(libc), journal, () => leave(folder, journal))
  await listen(socketPath(folder.path), supervisor)
  // A session's end or Ctrl-C where the agent was started by hand is not meant for the jobs.
  for (const ignored of ['SIGINT', 'SIGHUP'] as const) process.on(ignored, () => {})
  process.on('SIGTERM', () => supervisor.stopAll(graceOfAll))
  const inode = statSync(folder.path).ino
  setInterval(() => {
    supervisor.look()
    if (!isThere(folder.path, inode)) supervisor.stopAll(0)
  }, 1000)
}

/** The first of the two that works here, found by trying. */
function choose(libc: Libc | null): Processes {
  try {
    if (libc !== null) return new PosixProcesses(libc)
  } catch (error) {
    console.error(`posix_spawn is not to be had: ${error}`)
  }
  return new PlainProcesses()
}

function isThere(path: string, inode: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode
}

function removeSocket(folder: Folder): void {
  if (process.platform === 'win32') return
  const socket = socketPath(folder.path)
  rmSync(socket, { force: true })
  if (dirname(socket) !== folder.path) rmSync(dirname(socket), { recursive: true, force: true })
}

function leave(folder: Folder, journal: Journal): void {
  journal.close()
  removeSocket(folder)
  rmSync(folder.pid, { force: true })
  // What was told last is still in the socket: it is written before the process ends.
  setImmediate(() => process.exit(0))
}
