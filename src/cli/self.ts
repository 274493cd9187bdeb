import { realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type ClientConfig, readClientConfig } from '../runtime/client-config.ts'
import { quoted } from './quoted.ts'

/** The Node that a clone brings with it: its name is shorter than that of the file it leads to. */
const ownNode = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))

/** What this process was started with. */
export interface Started {
  /** The program's file, as it was called. */
  readonly file: string
  /** Node's own file. */
  readonly node: string
}

/** How this program is called by who reads what it says: by its name, through npm, or as a file for this very Node. */
export const self = (): string =>
  callOf(readClientConfig(), { file: process.argv[1] ?? 'hydra', node: process.execPath })

/** A call that a shell understands here: another Node than the one that runs may be too old for this program. */
export function callOf({ byNpm, searchPath }: Pick<ClientConfig, 'byNpm' | 'searchPath'>, started: Started): string {
  if (byNpm) return 'npx hydra'
  const { file, node } = started
  if (/^hydra(\.cmd)?$/.test(basename(file)) && isFound('hydra', file, searchPath)) return 'hydra'
  if (isFound('node', node, searchPath)) return `node ${quoted(file)}`
  return `${quoted(isSame(ownNode, node) ? ownNode : node)} ${quoted(file)}`
}

/** Whether a shell that is given this name runs this file. */
function isFound(name: string, file: string, searchPath: readonly string[]): boolean {
  const first = searchPath.map((folder) => join(folder, name)).find((one) => real(one) !== null)
  return first !== undefined && isSame(first, file)
}

function isSame(one: string, other: string): boolean {
  const path = real(one)
  return path !== null && path === real(other)
}

function real(file: string): string | null {
  try {
    return realpathSync(file)
  } catch {
    return null
  }
}
