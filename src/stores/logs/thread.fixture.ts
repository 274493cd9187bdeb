import { parentPort, threadId, workerData } from 'node:worker_threads'
import { HydraError } from '../../model/errors.ts'
import type { LogChunks } from '../../ports/log-store.ts'
import { serveReads } from './serve.ts'

/** A thread whose logs do what their run's name says. */
const chunks: Pick<LogChunks, 'size'> = {
  async size(name) {
    if (name === 'away') throw new HydraError('UNAVAILABLE', 'The store does not answer; try again.')
    if (name === 'die') process.exit(3)
    if (name === 'fail') throw new Error('the disk is on fire')
    while (name === 'hang');
    return [{ attempt: 1, stdout: 0, stderr: 0, lines: 0, seq: threadId }]
  },
}

if (parentPort !== null && workerData === 'data')
  serveReads(
    async () => ({ ...chunks, reaching: async () => null, at: none, last: none, read: async () => [] }),
    parentPort,
  )

async function none(): Promise<null> {
  return null
}
