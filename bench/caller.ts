import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  /** From the first byte asked to the last byte answered. */
  readonly ms: number
}

/** One client on one kept connection. */
export class BenchCaller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #port: number
  readonly #token: string

  constructor(port: number, token: string) {
    this.#port = port
    this.#token = token
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const begin = performance.now()
      const asked = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          headers: {
            'x-api-key': this.#token,
            ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (answer) => {
          const pieces: Buffer[] = []
          answer.on('data', (piece: Buffer) => pieces.push(piece))
          answer.on('end', () => {
            const ms = performance.now() - begin
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(pieces), ms })
          })
          answer.on('error', reject)
        },
      )
      asked.on('error', reject)
      asked.end(text)
    })
  }

  /** The first piece of an answer that may be long in ending; the rest is not waited for. */
  first(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const begin = performance.now()
      const headers = { 'x-api-key': this.#token }
      const asked = request({ host: '127.0.0.1', port: this.#port, path, headers }, (answer) => {
        const { statusCode = 0, headers: told } = answer
        const done = (bytes: Buffer): void => {
          resolve({ status: statusCode, headers: told, bytes, ms: performance.now() - begin })
          asked.destroy()
        }
        answer.once('data', done).once('end', () => done(Buffer.alloc(0)))
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
