import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

/** The supervisor's folder; what lies where. */
export interface Folder {
  readonly path: string
  readonly journal: string
  readonly pid: string
  readonly spool: string
  readonly tmp: string
  readonly log: string
}

export function folderAt(path: string): Folder {
  return {
    path,
    journal: join(path, 'journal'),
    pid: join(path, 'pid'),
    spool: join(path, 'spool'),
    tmp: join(path, 'tmp'),
    log: join(path, 'supervisor.log'),
  }
}

/** Makes what is missing, for us alone. */
export function makeFolder(path: string): Folder {
  const folder = folderAt(path)
  for (const part of [folder.path, folder.spool, folder.tmp]) mkdirSync(part, { recursive: true, mode: 0o700 })
  if (process.platform !== 'win32') chmodSync(folder.path, 0o700)
  return folder
}

/** A name for an attempt's file or folder; run ids are ours, but what names a file is never trusted. */
export const fileNameOf = (run_id: string, token: number): string => `${encodeURIComponent(run_id)}.${token}`

export const spoolPath = (folder: Folder, run_id: string, token: number): string =>
  join(folder.spool, fileNameOf(run_id, token))

/** The attempt's script file, where it has one. cmd runs files of its own extension alone. */
export const scriptPath = (folder: string, run_id: string, token: number): string =>
  join(folderAt(folder).tmp, `${fileNameOf(run_id, token)}${process.platform === 'win32' ? '.cmd' : '.script'}`)

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS. */
const longestSocketPath = 100

/**
 * Where the supervisor of a folder listens: in the folder; for a long path under /tmp, in a folder that is ours alone (not
 * under TMPDIR: agent and supervisor may have different ones); on Windows a named pipe.
 */
export function socketPath(folder: string): string {
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 32)
  if (process.platform === 'win32') return `\\\\.\\pipe\\hydra-supervisor-${mark}`
  const inside = join(folder, 's.sock')
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside
  return join('/tmp', `hydra-${process.getuid?.() ?? 0}-${mark}`, 's.sock')
}

/** Whether nobody else can have put a folder's socket there: under /tmp anyone may make a folder of our name before we do. */
export function isOurs(folder: string): boolean {
  const place = dirname(socketPath(folder))
  if (process.platform === 'win32' || place === folder) return true
  const found = lstatSync(place, { throwIfNoEntry: false })
  return found === undefined || (found.isDirectory() && found.uid === process.getuid?.())
}
