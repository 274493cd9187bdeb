import { delimiter, isAbsolute } from 'node:path'
import process from 'node:process'
import { absoluteFolder, defaultDataDir } from './data-dir.ts'

/**
 * What the commands that ask a server take from their environment. Read without the schemas of `config.ts`, whose
 * library alone would take longer to load than such a command takes.
 */
export interface ClientConfig {
  readonly apiBase: string | null
  readonly apiToken: string | null
  readonly adminToken: string | null
  /** Absolute. */
  readonly dataDir: string
  readonly noColor: boolean
  /** Whether npm started this process (`npx hydra`, `npm start`). */
  readonly byNpm: boolean
  /** Where a shell looks for commands, in that order. */
  readonly searchPath: readonly string[]
}

/** An empty or blank value is the same as an unset one. */
export function readClientConfig(env: Readonly<Record<string, string | undefined>> = process.env): ClientConfig {
  const read = (name: string): string | null => env[name]?.trim() || null
  return {
    apiBase: read('API_BASE'),
    apiToken: read('API_TOKEN'),
    adminToken: read('ADMIN_TOKEN'),
    dataDir: absoluteFolder(read('HYDRA_DATA_DIR') ?? defaultDataDir),
    noColor: read('NO_COLOR') !== null || env.TERM === 'dumb',
    byNpm: read('npm_command') !== null,
    searchPath: (read('PATH') ?? '').split(delimiter).filter(isAbsolute),
  }
}
