import { HydraError } from '../model/errors.ts'

/** What a server says that cannot serve at the moment, by the first word of its answer. */
const passing: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory: nothing more can be queued until some of it is free.',
  LOADING: 'Redis is still loading its data.',
  READONLY: 'Redis is a replica at the moment: a failover is under way.',
  NOREPLICAS: 'Redis takes no writes: too few of its replicas are in step.',
  MISCONF: 'Redis takes no writes: it cannot save to its disk.',
  BUSY: 'Redis is held up by a script.',
  CLUSTERDOWN: 'The Redis cluster is not whole at the moment.',
  TRYAGAIN: 'The Redis cluster is moving keys at the moment.',
  MASTERDOWN: 'Redis has lost its master: a failover is under way.',
  NOAUTH: 'Redis wants a password: check REDIS_URL.',
  WRONGPASS: 'Redis refuses the name and password of REDIS_URL.',
  NOPERM: 'Redis does not allow this to the user of REDIS_URL.',
}

export const isMissingFunction = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('Function not found')

/** What of a failed command is meant for who asked: UNAVAILABLE for what passes; a fault of ours stays as it is. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof HydraError || !(error instanceof Error)) return error
  const sentence = passing[/^[A-Z]+/.exec(error.message)?.[0] ?? '']
  // Every other answer of the server speaks of the command itself. What is no answer is a connection that failed.
  if (error.name === 'ReplyError' && sentence === undefined) return error
  const unavailable = new HydraError('UNAVAILABLE', sentence ?? 'Redis does not answer at the moment.', {
    retryAfter: 1,
  })
  unavailable.cause = error
  return unavailable
}
