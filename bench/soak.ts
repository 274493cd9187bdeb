import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { askApart, call, load, makeJob } from './runs.ts'
import { type BenchedServer, descriptors, megabytes, startServer, token } from './server.ts'

/**
 * How much may be there at the end beyond what was there after three tenths: memory by its share, the others by count. For
 * the server that is what its objects take: V8 lets garbage lie as long as it likes, and what the process once got from
 * the system it keeps. So its resident memory must be flat at last, over the last three tenths.
 */
const allowed = { memory: 0.15, others: 8 }
/** How often the server's heap is read, ms. The least of a tenth is what was there right after a collection. */
const lookEvery = 250
/** A server that does nothing for so long has put everything away, ms. */
const quiet = 3000

/** What must not grow with the number of runs. */
interface Held {
  /** MB: the least that the server's JavaScript heap held during this tenth. */
  readonly live: number
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

/** The server's JavaScript heap by its own metrics, MB. */
async function heap(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { 'x-api-key': token } })).text()
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)?.[1]) / 2 ** 20
}

/** The least that the heap holds while something goes on, MB. */
async function leastHeap(port: number, during: Promise<void>): Promise<number> {
  let isOver = false
  const end = during.finally(() => {
    isOver = true
  })
  let least = Number.POSITIVE_INFINITY
  while (!isOver) {
    least = Math.min(least, await heap(port))
    await Promise.race([end, wait(lookEvery)])
  }
  await end
  return least
}

function held({ pids, folder }: BenchedServer, live: number): Held {
  const [server = 0, supervisor = 0] = pids
  return {
    live,
    server: megabytes([server]),
    supervisor: megabytes([supervisor]),
    descriptors: descriptors(pids),
    folders: folders(folder),
  }
}

const size = (folder: string, file: string): string => `${(statSync(join(folder, file)).size / 2 ** 20).toFixed(0)} MB`

function tell(done: number, now: Held, pace: number, folder: string): void {
  const numbers = [done, pace, now.live, now.server, now.supervisor, now.descriptors, now.folders]
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
  while ((await endedRuns(port)) < before + count) await wait(50)
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
    const heads = [
      'runs',
      'a second',
      'heap MB',
      'server MB',
      'supervisor',
      'descriptors',
      'folders',
      'hydra.db',
      'logs.db',
    ]
    console.log(heads.map((head, at) => head.padStart(at === 8 ? 10 : 11)).join(''))
    const seen: Held[] = []
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      const begin = performance.now()
      const live = await leastHeap(port, some(port, jobs, count / 10, ((tenth - 1) * count) / 10))
      const pace = count / 10 / ((performance.now() - begin) / 1000)
      await wait(quiet)
      seen.push(held(server, live))
      const now = seen.at(-1)
      if (now !== undefined) tell((tenth * count) / 10, now, pace, folder)
    }
    judge(seen)
  } finally {
    await server.end()
  }
}

function judge(seen: readonly Held[]): void {
  const [early, late, now] = [seen[2], seen[6], seen.at(-1)]
  if (early === undefined || late === undefined || now === undefined) return
  const isMore = (name: keyof Held, then: Held, by: number): string[] => (now[name] > then[name] + by ? [name] : [])
  const grown = [
    ...isMore('live', early, early.live * allowed.memory),
    ...isMore('supervisor', early, early.supervisor * allowed.memory),
    ...isMore('descriptors', early, allowed.others),
    ...isMore('folders', early, allowed.others),
    ...isMore('server', late, late.server * allowed.memory),
  ]
  console.log(grown.length === 0 ? 'flat' : `! grown: ${grown.join(', ')}`)
}
