import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { serveReads } from '../logs/serve.ts'
import { MongoChunks } from './chunks.ts'
import { collectionsOf } from './collections.ts'
import { connect } from './connection.ts'

const { url, database } = z.object({ url: z.string(), database: z.string() }).parse(workerData)
const { db } = await connect(url, database, { connections: 1 })
if (parentPort !== null) serveReads(new MongoChunks(collectionsOf(db).chunks), parentPort)
