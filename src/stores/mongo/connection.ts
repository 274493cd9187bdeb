import {
  type Db,
  type Document,
  MongoClient,
  MongoCompatibilityError,
  MongoError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import type { Millis } from '../../model/time.ts'
import { Pulse } from './pulse.ts'

/** How long a server is looked for, at start and whenever it is lost. ms */
const lookFor: Millis = 3000
/** MongoDB 4.4, the oldest that the driver speaks to. */
const oldest = '4.4'

export interface Connection {
  readonly client: MongoClient
  readonly db: Db
  /** The server's own clock, ms. */
  now(): Promise<Millis>
  /** Whether it has not answered for some seconds, though it is connected. */
  readonly pulse: Pick<Pulse, 'isMute' | 'onMute'>
}

interface ConnectOptions {
  /** At most so many connections are open at once. */
  readonly connections?: number
  /** Hears each command as it is sent. */
  readonly commands?: (command: Document) => void
}

/**
 * Connects, and looks whether the server can be this store. Throws with a sentence that names no secret.
 * A write is durable on a majority before it is told, and a read sees such writes only: what was read is never taken back.
 */
export async function connect(
  url: string,
  database: string,
  { connections = 50, commands }: ConnectOptions = {},
): Promise<Connection> {
  const client = clientOf(url, connections, commands)
  const pulse = new Pulse(client)
  try {
    await client.connect()
    const db = client.db(database)
    return { client, db, now: await clockOf(db, hostsOf(client)), pulse }
  } catch (error) {
    await client.close()
    throw new Error(sentence(error, hostsOf(client)), { cause: error })
  }
}

function clientOf(url: string, maxPoolSize: number, commands: ConnectOptions['commands']): MongoClient {
  try {
    const client = new MongoClient(url, {
      appName: 'hydra-jobs',
      serverSelectionTimeoutMS: lookFor,
      // Also the patience with a heartbeat: a server that is only slow must not have its connections cut.
      connectTimeoutMS: 10_000,
      socketTimeoutMS: 30_000,
      // Asked anew each time: of a server that answers when something changes, nobody knows meanwhile whether it would.
      heartbeatFrequencyMS: 2000,
      serverMonitoringMode: 'poll',
      maxPoolSize,
      waitQueueTimeoutMS: 10_000,
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      promoteBuffers: true,
      monitorCommands: commands !== undefined,
    })
    // The driver takes an empty name among the hosts, and fails at it later, where nobody hears of it.
    if (client.options.hosts.some((host) => host.host === '')) throw new TypeError('one of its hosts has no name')
    if (commands !== undefined) client.on('commandStarted', ({ command }) => commands(command))
    return client
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The URL of the MongoDB server cannot be used: ${why.replace(/\.$/, '')}.`, { cause: error })
  }
}

const hostsOf = (client: MongoClient): string => {
  const { hosts, srvHost } = client.options
  return hosts.length > 0 ? hosts.map(String).join(', ') : (srvHost ?? 'its address')
}

/** Answers how the server tells its time: `hello`, or under its old name. Throws where it cannot be written to. */
async function clockOf(db: Db, hosts: string): Promise<() => Promise<Millis>> {
  const ask = async (name: 'hello' | 'isMaster'): Promise<Millis> => {
    const { localTime } = await db.command({ [name]: 1 })
    return localTime instanceof Date ? localTime.getTime() : Date.now()
  }
  const about = (name: 'hello' | 'isMaster') => db.command({ [name]: 1 })
  const name = await about('hello').then(
    () => 'hello' as const,
    () => 'isMaster' as const,
  )
  const { ismaster, isWritablePrimary } = await about(name)
  if (ismaster !== true && isWritablePrimary !== true)
    throw new Error(`The MongoDB server at ${hosts} is not a primary: name all members of its replica set in the URL.`)
  return () => ask(name)
}

/** Why a server cannot be used, for who can mend it. */
function sentence(error: unknown, hosts: string): string {
  const cause = causeOf(error)
  if (cause instanceof MongoCompatibilityError)
    return `The MongoDB server at ${hosts} is too old: MongoDB ${oldest} or newer is needed.`
  if (cause instanceof MongoServerError && (cause.code === 18 || cause.code === 8000))
    return `The MongoDB server at ${hosts} does not accept the user and password of the URL.`
  if (cause instanceof MongoServerError && cause.code === 13)
    return `The MongoDB server at ${hosts} does not let this user in: it needs to read and write the database.`
  if (error instanceof MongoServerSelectionError)
    return `No MongoDB server answers at ${hosts} (looked for ${lookFor / 1000} s): ${cause instanceof Error ? cause.message : error.message}.`
  if (error instanceof MongoError) return `The MongoDB server at ${hosts} cannot be used: ${error.message}.`
  const why = error instanceof Error ? error.message : String(error)
  return /^query(?:Srv|Txt) /.test(why) ? `The name ${hosts} of the MongoDB servers cannot be looked up: ${why}.` : why
}

/** Of a server that was not found: what it, or the first of them, answered. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof MongoServerSelectionError)) return error
  for (const server of error.reason?.servers.values() ?? []) if (server.error !== null) return server.error
  return error
}
