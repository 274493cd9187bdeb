import { randomInt } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HydraError } from '../model/errors.ts'
import { newSecret } from '../runtime/ids.ts'
import { type Lock, lockFolder } from '../runtime/lock.ts'

/** Where a worker lives between its lives: its id, its folder, and what proves that it is the same worker. */
export interface Home {
  readonly worker_id: string
  /** `workers/<id>` in the data directory: secret, journal and spool. */
  readonly folder: string
  /** The session's secret: whoever has it is this worker, and may take its session over. */
  readonly secret: string
  readonly lock: Lock
}

const isId = (name: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(name) && name !== 'pending' && !/^\.+$/.test(name)

/**
 * Takes a worker's folder for this process. Without an id it is the first under `dataDir/workers` that no process has,
 * so that a restart finds its runs again; where there is none, one named after the host. Source: the wire contract,
 * "Environment".
 *
 * @param options.workerId WORKER_ID, or null
 * @throws {HydraError} CONFLICT when another process is this worker
 */
export function takeHome(options: {
  readonly dataDir: string
  readonly workerId: string | null
  readonly hostname: string
}): Home {
  const workers = join(options.dataDir, 'workers')
  mkdirSync(workers, { recursive: true, mode: 0o700 })
  if (options.workerId !== null) return named(workers, options.workerId)
  const known = readdirSync(workers, { withFileTypes: true }).filter((entry) => entry.isDirectory() && isId(entry.name))
  for (const name of known.map((entry) => entry.name).sort()) {
    const home = enter(workers, name)
    if (home !== null) return home
  }
  return named(workers, newWorkerId(options.hostname))
}

function named(workers: string, id: string): Home {
  if (!isId(id)) throw new HydraError('INVALID', `"${id}" cannot be a worker's id: use letters, digits, ., _ and -.`)
  const home = enter(workers, id)
  if (home !== null) return home
  throw new HydraError(
    'CONFLICT',
    `Another process on this machine is the worker ${id}; stop it, or give this one another WORKER_ID.`,
  )
}

function enter(workers: string, worker_id: string): Home | null {
  const folder = join(workers, worker_id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder)
  return lock && { worker_id, folder, secret: secretIn(folder), lock }
}

/** Read, or made on the first visit. Written beside and renamed: a crash leaves a whole secret or none. */
function secretIn(folder: string): string {
  const path = join(folder, 'secret')
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const secret = newSecret()
  writeFileSync(`${path}.new`, `${secret}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  return secret
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** The host's name, cleaned to what an id may hold, and six letters: hosts are cloned, and containers share names. */
export function newWorkerId(hostname: string): string {
  const host = hostname.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '')
  const mark = Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('')
  return `${host.slice(0, 57) || 'worker'}-${mark}`
}
