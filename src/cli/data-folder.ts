import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { newSecret } from '../runtime/ids.ts'
import { type Lock, lockFile, lockFolder } from '../runtime/lock.ts'
import { Refusal } from './refusal.ts'

/** Whether no server has used it yet: one that is refused then leaves no trace of itself. */
export const isFresh = (folder: string): boolean => !existsSync(join(folder, lockFile))

/** Makes the data directory, readable by its owner alone, and takes it for this process. */
export function openDataFolder(folder: string): Lock {
  makeFolder(folder)
  const lock = lockFolder(folder)
  if (lock === null)
    throw new Refusal(
      `The data directory ${folder} is in use by another hydra; stop that one or set HYDRA_DATA_DIR to another.`,
    )
  return lock
}

/** Makes the data directory, readable by its owner alone. Several workers may share one. */
export function makeFolder(folder: string): void {
  try {
    makeFolders(folder)
    chmodSync(folder, 0o700)
  } catch (error) {
    throw new Refusal(`The data directory ${folder} cannot be used: ${reason(error)}; set HYDRA_DATA_DIR to another.`)
  }
}

/** Not `recursive`: where a folder cannot be made and says so with ENOENT (under /proc), Node tries again for ever. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

export const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The admin token, and the file that keeps it where it was made here. */
export interface AdminToken {
  readonly token: string
  readonly file: string | null
}

/** The given admin token; or the one that the data directory keeps, made at the first start (mode 0600). */
export function adminToken(folder: string, given: string | null): AdminToken {
  if (given !== null) return { token: given, file: null }
  const file = join(folder, 'admin_token')
  try {
    const kept = readFileSync(file, 'utf8').trim()
    if (kept !== '') return { token: kept, file }
  } catch {
    // Not there yet: this is the first start.
  }
  const token = newSecret()
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return { token, file }
}
