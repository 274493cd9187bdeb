import os from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { serveReads } from '../logs/serve.ts'
import { SqliteChunks } from './chunks.ts'

// On Linux a thread has a priority of its own (elsewhere this would be the whole process's): who serves comes first.
if (process.platform === 'linux') os.setPriority(0, Math.min(os.getPriority(0) + 10, 19))

const path: string = workerData
const db = new Database(path, { readonly: true, fileMustExist: true })
// KiB. What is read here is mostly read once.
db.pragma('cache_size = -2048')
if (parentPort !== null) serveReads(new SqliteChunks(db), parentPort)
