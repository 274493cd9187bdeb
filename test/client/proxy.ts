import type { AddressInfo } from 'node:net'
import { createServer, connect as open, type Server, type Socket } from 'node:net'

/** Stands between a client and a server and cuts connections, as networks do. */
export class CuttingProxy {
  readonly url: string
  /** Connections that came. */
  count = 0
  /** Each connection is cut after so many bytes of the answer. */
  cutAfter = Number.POSITIVE_INFINITY
  /** Nothing passes, and nobody is told: as where a cable was pulled. */
  isMute = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: () => number) {
    this.#server = server
    this.url = `http://127.0.0.1:${portOf(server)}`
    server.on('connection', (client) => this.#join(client, target()))
  }

  /** @param target the server's port, asked at each connection */
  static async start(target: () => number): Promise<CuttingProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new CuttingProxy(server, target)
  }

  #join(client: Socket, port: number): void {
    this.count += 1
    let left = this.cutAfter
    const upstream = open(port, '127.0.0.1')
    const both = [client, upstream]
    for (const socket of both) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        for (const other of both) other.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (!this.isMute) upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (left <= 0 || this.isMute) return
      client.write(bytes.subarray(0, left), () => {
        if (left <= 0) client.destroy()
      })
      left -= bytes.length
    })
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
