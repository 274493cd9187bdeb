import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { askApart, call, load, makeJob } from './runs.ts'
import { type BenchedServer, descriptors, megabytes, startServer } from './server.ts'

/** How much may be there at the end beyond what was there after three tenths: memory by its share, the others by count. */
const allowed = { memory: 0.15, others: 8 }
/** A server that does nothing for so long has put everything away, ms. */
const quiet = 3000

/** What must not grow with the number of runs. */
interface Held {
  readonly server: number
  readonly supervisor: number
  readonly descriptors: number
  readonly folders: number
}

/** Jobs of every ending, each so often in a hundred runs. */
const kinds = [
  { share: 88, script: 'true' },
  { share: 6, script: 'for i in 1 2 3 4 5; do echo "line $i of some output"; done' },
  { share: 3, script: 'exit 3' },
  { share: 2, script: 'sleep 0.2 & exit 0' },
  { share: 1, script: 'head -c 200000 /dev/zero | tr "\\0" x' },
]

/** Files and folders that runs leave in the folder of the worker: working folders, spools, what is not put away. */
function folders(folder: string): number {
  const workers = join(folder, 'workers')
  return readdirSync(workers).reduce((sum, worker) => {
    const inside = ['tmp', 'spool'].map((name) => join(workers, worker, name))
    return sum + inside.reduce((count, path) => count + readdirSync(path).length, 0)
  }, 0)
}

function held({ pids, folder }: BenchedServer): Held {
  const [server = 0, supervisor = 0] = pids
  return {
    server: megabytes([server]),
    supervisor: megabytes([supervisor]),
    descriptors: descriptors(pids),
    folders: folders(folder),
  }
}

const size = (folder: string, file: string): string => `${(statSync(join(folder, file)).size / 2 ** 20).toFixed(0)} MB`

function tell(done: number, now: Held, pace: number, folder: string): void {
  const numbers = [done, pace, now.server, now.supervisor, now.descriptors, now.folders]
  const cells = numbers.map((number) => number.toFixed(0).padStart(11))
  console.log(`${cells.join('')}${size(folder, 'hydra.db').padStart(11)}${size(folder, 'logs.db').padStart(10)}`)
}

async function endedRuns(port: number): Promise<number> {
  const stats = JSON.stringify(await call(port, 'GET', '/stats/runs?bucket=1d'))
  return [...stats.matchAll(/"total":(\d+)/g)].reduce((sum, [, total]) => sum + Number(total), 0)
}

/** Runs of every kind, until all of them are over. */
async function some(port: number, jobs: readonly string[], count: number, before: number): Promise<void> {
  await Promise.all(
    kinds.map(({ share }, at) => {
      const path = `/jobs/${jobs[at]}/run`
      const atATime = Math.max(1, Math.round(share / 6))
      return askApart(load(port, { method: 'POST', path, count: (count * share) / 100, atATime }))
    }),
  )
  while ((await endedRuns(port)) < before + count) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Many short runs, and at each tenth what the program holds: all of it must be flat. Linux. */
export async function soak(asked: number): Promise<void> {
  const count = Math.max(1000, Math.round(asked / 1000) * 1000)
  const server = await startServer(8)
  const { port, folder } = server
  try {
    const jobs = await Promise.all(
      kinds.map(({ script }) => makeJob(port, { type: 'shell', script, shell: 'sh' }, { completion: {} })),
    )
    const heads = ['runs', 'a second', 'server MB', 'supervisor', 'descriptors', 'folders', 'hydra.db', 'logs.db']
    console.log(heads.map((head, at) => head.padStart(at === 7 ? 10 : 11)).join(''))
    const seen: Held[] = []
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      const begin = performance.now()
      await some(port, jobs, count / 10, ((tenth - 1) * count) / 10)
      const pace = count / 10 / ((performance.now() - begin) / 1000)
      await new Promise((resolve) => setTimeout(resolve, quiet))
      seen.push(held(server))
      const now = seen.at(-1)
      if (now !== undefined) tell((tenth * count) / 10, now, pace, folder)
    }
    judge(seen)
  } finally {
    await server.end()
  }
}

function judge(seen: readonly Held[]): void {
  const [then, now] = [seen[2], seen.at(-1)]
  if (then === undefined || now === undefined) return
  const grown = (['server', 'supervisor', 'descriptors', 'folders'] as const).filter((name) => {
    const more = now[name] - then[name]
    return name === 'server' || name === 'supervisor' ? more > then[name] * allowed.memory : more > allowed.others
  })
  console.log(grown.length === 0 ? 'flat' : `! grown since the third tenth: ${grown.join(', ')}`)
}
