import os from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { serveReads } from '../logs/serve.ts'
import { MongoChunks } from './chunks.ts'
import { collectionsOf } from './collections.ts'
import { connect } from './connection.ts'

// On Linux a thread has a priority of its own (elsewhere this would be the whole process's): who serves comes first.
if (process.platform === 'linux') os.setPriority(0, 10)

const { url, database } = z.object({ url: z.string(), database: z.string() }).parse(workerData)
const { db } = await connect(url, database, { connections: 1 })
if (parentPort !== null) serveReads(new MongoChunks(collectionsOf(db).chunks), parentPort)
