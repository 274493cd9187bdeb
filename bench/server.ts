import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The admin's token of every benched server. */
export const token = 'a-token-of-the-benchmark-0123456789'

/** The built program. */
export const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

export interface BenchedServer {
  readonly port: number
  /** Of the server and of its supervisor. */
  readonly pids: readonly number[]
  readonly folder: string
  /** Stops it; a folder of its own is removed. */
  readonly end: () => Promise<void>
}

/** The built program, as `hydra up` starts it, on a free port. @param given a data folder that is to stay  @param more settings */
export async function startServer(
  concurrency: number,
  given?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<BenchedServer> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    PORT: '0',
    HYDRA_DATA_DIR: folder,
    ADMIN_TOKEN: token,
    MAX_CONCURRENCY: String(concurrency),
    LOG_LEVEL: 'warn',
    ...more,
  }
  const child = spawn(process.execPath, ['--max-semi-space-size=16', main, 'up'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      const found = /ready on http:\S+:(\d+)/.exec(String(text))?.[1]
      if (found) resolve(Number(found))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  const workers = join(folder, 'workers')
  const [worker = ''] = readdirSync(workers)
  const supervisor = Number(/\d+/.exec(readFileSync(join(workers, worker, 'pid'), 'utf8'))?.[0])
  const end = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
    if (given === undefined) rmSync(folder, { recursive: true, force: true })
  }
  return { port, pids: [child.pid ?? 0, supervisor], folder, end }
}

const ticksPerSecond = 100

/** CPU seconds of processes so far. Linux: fields 14 and 15 of /proc/PID/stat. */
export function cpu(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }, 0)
}

/** What processes hold in memory, MB. */
export const megabytes = (pids: readonly number[]): number =>
  pids.reduce(
    (sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    0,
  )

/** Descriptors that processes have open. */
export const descriptors = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)
