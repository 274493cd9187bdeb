import { Agent, request } from 'node:http'

/** What a tenant floods the server with, over how many connections. */
export interface Flood {
  readonly port: number
  readonly token: string
  /** Asked in turn over each connection, as fast as they are answered. */
  readonly asks: readonly { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown }[]
  readonly connections: number
  /** Event streams that are opened and read beside. */
  readonly streams: number
}

/** What came of a flood. */
export interface Flooded {
  readonly answered: number
  readonly refused: number
  readonly streams: number
  readonly streamed: number
}

/** Asks until this process is told to stop by the end of its input, then tells what came of it. */
async function flood({ port, token, asks, connections, streams }: Flood): Promise<Flooded> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const counts = { answered: 0, refused: 0, streams: 0, streamed: 0 }
  let isOver = false
  process.stdin.on('end', () => {
    isOver = true
    agent.destroy()
  })
  process.stdin.resume()
  const one = (method: string, path: string, body?: unknown): Promise<void> =>
    new Promise((resolve) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const headers = {
        'x-api-key': token,
        ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      const asked = request({ agent, host: '127.0.0.1', port, method, path, headers }, (answer) => {
        const isGood = (answer.statusCode ?? 500) < 300
        if (isGood && path === '/events/stream') counts.streams += 1
        answer.on('data', (piece: Buffer) => {
          if (path === '/events/stream') counts.streamed += piece.length
        })
        answer.on('end', () => {
          if (isGood) counts.answered += 1
          else counts.refused += 1
          resolve()
        })
        answer.on('error', () => resolve())
      })
      asked.on('error', () => resolve())
      asked.end(text)
    })
  const listening = Array.from({ length: streams }, () => one('GET', '/events/stream'))
  const connection = async (first: number): Promise<void> => {
    for (let n = first; !isOver; n += 1) {
      const ask = asks[n % asks.length]
      if (ask === undefined) return
      await one(ask.method, ask.path, ask.body)
    }
  }
  await Promise.all([...listening, ...Array.from({ length: connections }, (_, n) => connection(n))])
  return counts
}

if (import.meta.main) {
  const what: Flood = JSON.parse(process.argv[2] ?? '{}')
  process.stdout.write(JSON.stringify(await flood(what)))
}
