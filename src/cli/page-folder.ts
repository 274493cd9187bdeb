import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built page, beside the built program; null where it was not built. */
export function pageFolder(): string | null {
  const folder = fileURLToPath(new URL('../ui', import.meta.url))
  return existsSync(join(folder, 'index.html')) ? folder : null
}
