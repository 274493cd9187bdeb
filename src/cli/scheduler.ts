import { processEnvironment } from '../runtime/config.ts'
import { armFailPoint } from '../runtime/fail-points.ts'
import { jobBaseEnvironment } from '../runtime/job-environment.ts'
import { openLog } from '../runtime/log.ts'
import { forgetSecrets, secretNames } from '../runtime/secrets.ts'
import { hideProcess } from '../runtime/secrets-in-memory.ts'
import { schedulerBanner } from './banner.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { openService } from './server.ts'
import { readConfig } from './server-config.ts'
import { openedBefore } from './stores.ts'
import { ownVersion } from './version.ts'
import { watchWish } from './wish.ts'

/** Where a fleet's Redis and MongoDB are looked for. Source: the wire contract, "Environment". */
const defaultMongo = 'mongodb://localhost:27017'
export const defaultRedis = 'redis://localhost:6379/0'

/**
 * `hydra scheduler`: one scheduler of a fleet, on Redis and MongoDB. Any number may run. Resolves with the exit code when it
 * has ended.
 * @throws Refusal with one sentence for what its user can mend
 */
export async function scheduler({ waits }: { readonly waits: boolean }): Promise<number> {
  const env = processEnvironment()
  const read = readConfig(env)
  const config = { ...read, mongoUrl: read.mongoUrl ?? defaultMongo, redisUrl: read.redisUrl ?? defaultRedis }
  const base = jobBaseEnvironment(env, [])
  hideProcess(secretNames)
  forgetSecrets(env)
  if (config.adminToken === null)
    throw new Refusal('A scheduler needs the admin token that all schedulers share: set ADMIN_TOKEN.', exitCodes.usage)
  const { adminToken } = config
  const log = openLog({ level: config.logLevel, color: !config.noColor })
  const wish = watchWish(config, log)
  try {
    const opening = openService({
      ...{ config, adminToken, log, patience: waits ? wish.stopping : null },
      ...{ embedded: false, environment: base, version: ownVersion() },
    })
    const service = await openedBefore(wish.toStop, opening)
    if (service === null) return 0
    if (config.failPoint) armFailPoint(config.failPoint)
    try {
      // The link signs in: it is for who started this at a terminal, and not for a log that others read.
      const page = process.stdout.isTTY ? service.signInLink(adminToken) : null
      process.stdout.write(schedulerBanner(service.url, page))
      await wish.toStop
      await service.plane.drain()
    } finally {
      await service.close()
    }
    return 0
  } finally {
    wish.forget()
  }
}
