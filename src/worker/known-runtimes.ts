import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Runtimes = z.array(z.string())

const fileIn = (folder: string): string => join(folder, 'runtimes')

/** The runtimes that an earlier life of this worker found; none where there was none. */
export function knownRuntimes(folder: string): readonly string[] {
  try {
    return Runtimes.parse(JSON.parse(readFileSync(fileIn(folder), 'utf8')))
  } catch {
    // Not there, or not whole: what is looked for at this moment will tell.
    return []
  }
}

/** For the next life, which may register before they have answered. Written beside and renamed: there is a whole list or none. */
export function rememberRuntimes(folder: string, found: readonly string[]): void {
  const path = fileIn(folder)
  writeFileSync(`${path}.new`, `${JSON.stringify(found)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
