import { HydraError } from '../model/errors.ts'
import { ConfigError, type LoneWorkerConfig, processEnvironment, readWorkerConfig } from '../runtime/config.ts'
import { armFailPoint } from '../runtime/fail-points.ts'
import { jobBaseEnvironment } from '../runtime/job-environment.ts'
import { openLog } from '../runtime/log.ts'
import { forgetSecrets, secretNames } from '../runtime/secrets.ts'
import { hideProcess } from '../runtime/secrets-in-memory.ts'
import { lookAround } from '../worker/surroundings.ts'
import { Worker } from '../worker/worker.ts'
import { makeFolder } from './data-folder.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { defaultRedis } from './scheduler.ts'
import { openedBefore } from './stores.ts'
import { tokenIn } from './token-file.ts'
import { ownVersion } from './version.ts'
import { watchWish } from './wish.ts'
import { openLink } from './worker-link.ts'

export interface WorkerChoices {
  /** Schedulers' addresses; none: the way is Redis. */
  readonly servers: readonly string[]
  /** A file that holds the domain's token; else the environment has it. */
  readonly tokenFile: string | null
  /** Whether a Redis that is away is waited for. */
  readonly waits: boolean
}

/**
 * `hydra worker`: a worker by itself, for schedulers elsewhere. Resolves with the exit code when it has ended.
 * @throws Refusal with one sentence for what its user can mend
 */
export async function worker(choices: WorkerChoices): Promise<number> {
  const env = processEnvironment()
  const config = readConfig(env)
  const token = choices.tokenFile === null ? config.token : tokenIn(choices.tokenFile)
  if (token === null)
    throw new Refusal(
      'A worker needs a token of its domain: set WORKER_DOMAIN_TOKEN, or name a file with --token-file.',
      exitCodes.usage,
    )
  // Read before the secrets are forgotten, which may empty the memory that process.env reads from.
  const base = jobBaseEnvironment(env, config.worker.jobEnvPass)
  hideProcess(secretNames)
  forgetSecrets(env)
  const log = openLog({ level: config.logLevel, color: !config.noColor })
  makeFolder(config.dataDir)
  const wish = watchWish(config, log)
  const redisUrl = config.redisUrl ?? defaultRedis
  const patience = choices.waits ? wish.stopping : null
  const way = await openedBefore(wish.toStop, openLink({ servers: choices.servers, redisUrl, token, patience, log }))
  if (way === null) {
    wish.forget()
    return 0
  }
  const one = new Worker({
    link: way.link,
    config: config.worker,
    dataDir: config.dataDir,
    domain: config.domain,
    ttl: config.leaseSeconds * 1000,
    baseEnvironment: base,
    around: lookAround({ baseEnvironment: base, autoTags: config.worker.autoTags }),
    drainSeconds: config.drainSeconds,
    version: ownVersion(),
    log,
  })
  const { failPoint } = config
  if (failPoint) armFailPoint({ ...failPoint, ...(failPoint.both ? { also: () => one.supervisorPid } : {}) })
  try {
    wish.onHurry(() => one.stop({ now: true }))
    await Promise.race([started(one), wish.toStop])
    await wish.toStop
    await one.stop()
    return 0
  } finally {
    way.close()
    wish.forget()
  }
}

async function started(one: Worker): Promise<void> {
  try {
    await one.start()
  } catch (error) {
    if (error instanceof HydraError) throw new Refusal(error.message)
    throw error
  }
}

function readConfig(env: NodeJS.ProcessEnv): LoneWorkerConfig {
  try {
    return readWorkerConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(error.message, exitCodes.usage)
    throw error
  }
}
