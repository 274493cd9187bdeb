import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes a folder with everything in it, folders included that a job has made unreadable to its own user. Never throws. */
export async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await open(path)
    await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** rm(1) fails in a folder without w and x, though it is our own. */
async function open(path: string): Promise<void> {
  await chmod(path, 0o700).catch(() => {})
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await open(join(path, entry.name))
}
