import { connect, type Socket } from 'node:net'

/** What is asked again and again, and how. */
export interface Load {
  readonly port: number
  readonly token: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string
  readonly count: number
  /** Connections, each with one request under way. */
  readonly atATime: number
  /** Requests a second over all connections; 0: as fast as they are answered. */
  readonly pace: number
}

export interface Answers {
  readonly perSecond: number
  /** ms of each request, in order of their ends. */
  readonly times: readonly number[]
  /** Answers other than 2xx. */
  readonly failures: number
}

/**
 * Asks over keep-alive connections with as little work as a client can do: on two cores a heavier one would be measured
 * with the server. Reads answers that name their length, which ours do.
 */
export async function ask(load: Load): Promise<Answers> {
  const times: number[] = []
  let failures = 0
  let left = load.count
  const begin = performance.now()
  const request = Buffer.from(
    `${load.method} ${load.path} HTTP/1.1\r\nhost: 127.0.0.1:${load.port}\r\nx-api-key: ${load.token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(load.body)}\r\n\r\n${load.body}`,
  )
  const connection = async (index: number): Promise<void> => {
    const socket = connect(load.port, '127.0.0.1')
    socket.setNoDelay(true)
    for (let n = index; left-- > 0; n += load.atATime) {
      if (load.pace > 0) await until(begin + (n / load.pace) * 1000)
      const asked = performance.now()
      if (!(await answered(socket, request))) failures += 1
      times.push(performance.now() - asked)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: load.atATime }, (_, index) => connection(index)))
  return { perSecond: (load.count / (performance.now() - begin)) * 1000, times, failures }
}

async function until(at: number): Promise<void> {
  const wait = at - performance.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
}

function answered(socket: Socket, request: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0)
    const onData = (data: Buffer): void => {
      got = got.length === 0 ? data : Buffer.concat([got, data])
      const head = got.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = /content-length: (\d+)/i.exec(got.toString('latin1', 0, head))?.[1]
      if (length === undefined || got.length < head + 4 + Number(length)) return
      socket.off('data', onData)
      resolve(got.toString('latin1', 9, 10) === '2')
    }
    socket.on('data', onData)
    socket.once('error', reject)
    socket.write(request, () => socket.off('error', reject))
  })
}

/** The p-th percentile of some numbers. */
export function percentile(numbers: readonly number[], p: number): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}

if (import.meta.main) {
  const load: Load = JSON.parse(process.argv[2] ?? '{}')
  process.stdout.write(JSON.stringify(await ask(load)))
}
