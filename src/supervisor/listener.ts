import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import process from 'node:process'
import { LineSplitter } from './line-splitter.ts'

/** An agent that does not read what it is told is as good as gone; the next one asks for what it missed. */
const mostUnread = 16 * 1024 * 1024

/** The other end of one connection. */
export interface Peer {
  send(text: string): void
  close(): void
}

export interface ListenerEvents {
  /** All that one read brought. */
  lines(peer: Peer, lines: string[]): void
  gone(peer: Peer): void
}

/** Listens where the agents look for the supervisor. Whoever owned the place before is gone: the folder is ours. */
export function listen(path: string, events: ListenerEvents): Promise<Server> {
  if (process.platform !== 'win32') {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // Fails where another user made it before us.
    chmodSync(dirname(path), 0o700)
    rmSync(path, { force: true })
  }
  const server = createServer((socket) => attach(socket, events))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function attach(socket: Socket, events: ListenerEvents): void {
  const lines = new LineSplitter()
  const peer: Peer = {
    send(text) {
      if (socket.destroyed) return
      socket.write(text)
      if (socket.writableLength > mostUnread) socket.destroy()
    },
    close: () => socket.destroySoon(),
  }
  socket.on('data', (bytes: Buffer) => {
    const found = lines.push(bytes)
    if (found.length > 0) events.lines(peer, found)
  })
  socket.on('error', () => {})
  socket.on('close', () => events.gone(peer))
}
