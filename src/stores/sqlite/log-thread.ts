import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { serveReads } from '../logs/serve.ts'
import { SqliteChunks } from './chunks.ts'

const path: string = workerData
const db = new Database(path, { readonly: true, fileMustExist: true })
// KiB. What is read here is mostly read once.
db.pragma('cache_size = -2048')
if (parentPort !== null) serveReads(async () => new SqliteChunks(db), parentPort)
