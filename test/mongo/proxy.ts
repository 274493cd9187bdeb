import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a driver and its server, and cuts connections when it is told to. */
export class CuttableProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #lose: ((sent: Buffer) => boolean) | null = null
  #lost: (() => void) | null = null
  #isAway = false
  #isMute = false
  #hold: { readonly fits: (sent: Buffer) => boolean; readonly held: () => void; readonly until: Promise<void> } | null =
    null

  private constructor(target: URL) {
    this.#server = createServer((client) => this.#join(client, target))
  }

  static async open(url: string): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(new URL(url))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `mongodb://${this.host}`
  }

  /** Its address and port. */
  get host(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return `127.0.0.1:${address.port}`
  }

  /** The server does what the next such command says; its answer never arrives. Resolves when that has happened. */
  loseAnswerTo(command: string, collection: string): Promise<void> {
    this.#lose = fitting(command, collection)
    return new Promise((resolve) => {
      this.#lost = resolve
    })
  }

  /** The next such command, and what its connection sends after it, reaches the server only when it is let go. */
  holdBack(command: string, collection: string): { readonly held: Promise<void>; readonly letGo: () => void } {
    const [reached, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    this.#hold = { fits: fitting(command, collection), held: reached.resolve, until: gone.promise }
    return { held: reached.promise, letGo: gone.resolve }
  }

  /** Nothing goes through any more, and nobody is let in. */
  goAway(): void {
    this.#isAway = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** As a cable that is pulled: connections stand, and new ones are taken, but what is sent over them never arrives. */
  goMute(): void {
    this.#isMute = true
  }

  /** Connections that fell silent have lost bytes: they end, as they would when their packets are sent again too late. */
  comeBack(): void {
    this.#isAway = false
    if (this.#isMute) for (const socket of this.#sockets) socket.destroy()
    this.#isMute = false
  }

  async close(): Promise<void> {
    this.goAway()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket, target: URL): void {
    if (this.#isAway) return void client.destroy()
    const server = connect(Number(target.port), target.hostname)
    let isLosing = false
    let sending: Promise<void> | null = null
    const cut = (): void => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        cut()
      })
    }
    client.on('data', (sent) => {
      if (this.#isMute) return
      if (this.#lose?.(sent)) {
        isLosing = true
        this.#lose = null
      }
      const hold = this.#hold
      if (hold?.fits(sent)) {
        this.#hold = null
        hold.held()
        sending = hold.until
      }
      if (sending === null) server.write(sent)
      else sending = sending.then(() => void server.write(sent))
    })
    server.on('data', (answer) => {
      if (this.#isMute) return
      if (!isLosing) return void client.write(answer)
      this.#lost?.()
      cut()
    })
  }
}

/** A command is the first field of its message: of the type string, with the collection as its value. A field of a document may have such a name as well. */
function fitting(command: string, collection: string): (sent: Buffer) => boolean {
  const length = Buffer.alloc(4)
  length.writeInt32LE(collection.length + 1)
  const words = Buffer.concat([Buffer.from(`\x02${command}\0`), length, Buffer.from(`${collection}\0`)])
  return (sent) => sent.includes(words)
}
