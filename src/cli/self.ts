import { basename } from 'node:path'
import process from 'node:process'
import { readClientConfig } from '../runtime/client-config.ts'
import { quoted } from './quoted.ts'

/** How this program is called by who reads what it says: by its name, through npm, or as a file for Node. */
export function self(): string {
  if (readClientConfig().byNpm) return 'npx hydra'
  const [, file = 'hydra'] = process.argv
  return /^hydra(\.cmd)?$/.test(basename(file)) ? 'hydra' : `node ${quoted(file)}`
}
