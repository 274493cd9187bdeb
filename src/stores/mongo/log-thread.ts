import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { serveReads } from '../logs/serve.ts'
import { away } from './answers.ts'
import { MongoChunks } from './chunks.ts'
import { collectionsOf } from './collections.ts'
import { connect } from './connection.ts'

const { url, database } = z.object({ url: z.string(), database: z.string() }).parse(workerData)

if (parentPort !== null) serveReads(open, parentPort)

/** Whoever started this thread has connected there before: what fails now is a server that is away. */
async function open(): Promise<MongoChunks> {
  const { db } = await connect(url, database, { connections: 1 }).catch((error: unknown) => {
    throw away(error)
  })
  return new MongoChunks(collectionsOf(db).chunks)
}
