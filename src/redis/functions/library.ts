import { createHash } from 'node:crypto'
import { admissions } from './admissions.ts'
import { claims } from './claims.ts'
import { dispatch } from './dispatch.ts'
import { heads } from './heads.ts'
import { mail } from './mail.ts'
import { names } from './names.ts'
import { queue } from './queue.ts'
import { workers } from './workers.ts'

/**
 * Rises with every change of what a function takes, gives or keeps. A scheduler replaces an older library, and leaves a newer one:
 * of two versions that run side by side, the newer one's functions serve both. So a function whose call is written otherwise gets
 * another name: an older scheduler's call then fails, until it is replaced, and does nothing that nobody meant.
 */
const number = 5

const body = [names, heads, queue, dispatch, admissions, workers, claims, mail].join('\n')

/** The number, and what tells two texts of one number apart (while the functions are being worked on). */
export const libraryVersion = `${number}.${createHash('sha256').update(body).digest('hex').slice(0, 12)}`

/** The library `hydra`, as FUNCTION LOAD takes it. */
export const librarySource = `#!lua name=hydra
${body}
redis.register_function{
  function_name = 'hydra_version',
  flags = { 'no-writes' },
  callback = function() return '${libraryVersion}' end,
}
`

/** Whether a library of this version is to be replaced by ours. */
export function isOlder(version: string): boolean {
  const theirs = Number.parseInt(version, 10)
  return Number.isNaN(theirs) || theirs < number || (theirs === number && version !== libraryVersion)
}
