import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { BSON } from 'mongodb'
import type { TestContext } from 'vitest'

// Servers too old to be used cannot be had here. These stand in for them: they say of themselves what an old one does, and do nothing else.

/** Answers as a Redis of this version does to those who look at it. @returns its URL */
export const oldRedis = async (context: TestContext, version: string): Promise<string> =>
  `redis://${await listening(context, (socket) =>
    socket.on('data', (sent) => {
      // The command is the first string of an array of strings; several may come at once.
      const commands = String(sent).match(/\*\d+\r\n\$\d+\r\n[a-z]+/gi) ?? []
      for (const command of commands) socket.write(redisAnswer(command.split('\r\n')[2] ?? '', version))
    }),
  )}`

function redisAnswer(command: string, version: string): string {
  if (command.toLowerCase() === 'config') return '*0\r\n'
  if (command.toLowerCase() !== 'info') return '+OK\r\n'
  const info = `redis_version:${version}\r\nloading:0\r\nmaxmemory_policy:noeviction\r\n`
  return `$${info.length}\r\n${info}\r\n`
}

/** Answers the first greeting as a MongoDB that speaks no newer protocol than this one. @returns its URL */
export const oldMongo = async (context: TestContext, maxWireVersion: number): Promise<string> =>
  `mongodb://${await listening(context, (socket) =>
    socket.on('data', (sent) => {
      const hello = { ismaster: true, minWireVersion: 0, maxWireVersion, localTime: new Date(), ok: 1 }
      socket.write(mongoReply(sent.readInt32LE(4), hello))
    }),
  )}`

/** An OP_REPLY, which is what the greeting of an old driver or server has. Source: MongoDB's wire protocol. */
function mongoReply(to: number, document: object): Buffer {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(36)
  for (const [at, value] of [36 + body.length, 1, to, 1].entries()) head.writeInt32LE(value, at * 4)
  head.writeInt32LE(1, 32)
  return Buffer.concat([head, body])
}

async function listening(context: TestContext, serve: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  context.onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return `127.0.0.1:${address.port}`
}
