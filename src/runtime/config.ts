import process from 'node:process'
import { z } from 'zod'
import { type WorkerState, workerStates } from '../model/session.ts'
import {
  ConfigError,
  domainName,
  type Environment,
  flag,
  folder,
  form,
  level,
  list,
  oneOf,
  origins,
  token,
  variable,
  whole,
} from './config-fields.ts'
import { defaultDataDir } from './data-dir.ts'
import { type AskedFailPoint, parseFailPoint } from './fail-points.ts'
import type { LogLevel } from './log.ts'
import { secretNames } from './secrets.ts'

export { ConfigError, type Environment }

/** The environment of this process, live: whoever forgets a secret in it forgets it for all. The one access to it. */
export const processEnvironment = (): NodeJS.ProcessEnv => process.env

const workerVariables = {
  WORKER_ID: form(
    'at most 64 letters, digits, dots, underscores and hyphens, and not pending',
    null,
    /^[A-Za-z0-9._-]{1,64}$/,
    ['pending'],
  ),
  WORKER_TAGS: list(),
  WORKER_AUTO_TAGS: flag(true),
  ALLOWED_USERS: list(),
  WORKER_QUEUES: list(['default']),
  MAX_CONCURRENCY: whole(1, 10_000, 2),
  WORKER_STATE: oneOf(workerStates, 'online'),
  DEPLOYMENT_TYPE: form('one word', 'docker', /^\S{1,64}$/),
  JOB_ENV_PASS: list(),
  JOB_WORKDIR: oneOf(['own', 'inherit'], 'own'),
}

const redisUrl = form(
  'a URL that begins with redis://, redis+sentinel:// or redis+cluster:// (rediss with TLS)',
  null,
  /^rediss?(?:\+[a-z]+)?:\/\/\S+$/i,
)

const serverVariables = {
  PORT: whole(0, 65_535, 8000),
  HOST: form('an address or a host name', '127.0.0.1', /^[A-Za-z0-9._:%-]+$/),
  ADVERTISED_URL: form('a URL that begins with http:// or https://', null, /^https?:\/\/[^\s/]+\/*$/i),
  ADMIN_TOKEN: token(),
  ADMIN_DOMAIN: domainName('admin'),
  DEFAULT_DOMAIN: domainName('prod'),
  REDIS_URL: redisUrl,
  MONGO_URL: form('a URL that begins with mongodb:// or mongodb+srv://', null, /^mongodb(?:\+srv)?:\/\/\S+$/i),
  MONGO_DB: form('a name of at most 63 letters, digits, underscores and hyphens', 'hydra_jobs', /^[\w-]{1,63}$/),
  // Below six seconds a lease (this minus three) would end before the renewal that comes every two seconds is answered.
  SCHEDULER_HEARTBEAT_TTL: whole(6, 3600, 10),
  SEED_DOMAINS: flag(false),
  SEED_DEV_TOKEN: token(),
  CORS_ALLOW_ORIGINS: origins(['http://localhost:5173', 'http://localhost:8000']),
  RETENTION_DAYS: whole(0, 36_500, 90),
  LOG_LIMIT_BYTES: whole(0, 2 ** 40, 64 * 2 ** 20),
  ALLOWED_HOSTS: list(),
  METRICS_PUBLIC: flag(false),
  HYDRA_SECRET_KEY: variable('a text', null, (text) => text),
}

/** What is only read where a worker is a process of its own. */
const aloneVariables = {
  WORKER_DOMAIN: domainName('prod'),
  WORKER_DOMAIN_TOKEN: token(),
  API_TOKEN: token(),
  REDIS_URL: redisUrl,
  // 0: no longer than the schedulers' own TTL.
  WORKER_LEASE_SECONDS: whole(0, 3600, 0),
}

/** What every process takes. */
const commonVariables = {
  LOG_LEVEL: level(),
  NO_COLOR: variable('anything', false, () => true),
  HYDRA_DATA_DIR: folder(defaultDataDir),
  DRAIN_SECONDS: whole(0, 3600, 10),
  HYDRA_FAIL_POINT: variable('the name of a fail point, perhaps with :N for its Nth visit', null, (text) => {
    return parseFailPoint(text) ?? undefined
  }),
  npm_lifecycle_event: variable('a text', false, () => true),
}

/** What a worker takes from its environment; the embedded one too. */
export interface WorkerConfig {
  /** null: that of the first folder under `dataDir/workers` that is free. */
  readonly workerId: string | null
  readonly tags: readonly string[]
  /** Whether a tag is added for each runtime that is found. */
  readonly autoTags: boolean
  /** Empty: all users. */
  readonly allowedUsers: readonly string[]
  readonly queues: readonly string[]
  readonly maxConcurrency: number
  /** For a worker that was never seen before. */
  readonly initialState: WorkerState
  readonly deploymentType: string
  /** Names, `*` allowed within them, of variables that jobs get besides; see `jobBaseEnvironment`. */
  readonly jobEnvPass: readonly string[]
  /** Where a job without `workdir` runs: in a folder of its own, or in the worker's. */
  readonly jobWorkdir: 'own' | 'inherit'
}

/** What every process takes from its environment. */
interface CommonConfig {
  readonly logLevel: LogLevel
  readonly noColor: boolean
  /** Absolute; it may not exist yet. */
  readonly dataDir: string
  readonly drainSeconds: number
  readonly failPoint: AskedFailPoint | null
  /** Whether an npm script started this process: then npm's end is a reason to stop (see signals.ts). */
  readonly startedByNpm: boolean
}

/** What `hydra worker` takes from its environment. */
export interface LoneWorkerConfig extends CommonConfig {
  readonly domain: string
  /** WORKER_DOMAIN_TOKEN, else API_TOKEN. */
  readonly token: string | null
  readonly redisUrl: string | null
  /** Asked for; 0: the schedulers' own TTL. */
  readonly leaseSeconds: number
  readonly worker: WorkerConfig
}

/** What a scheduler, and `hydra up`, take from their environment. */
export interface ServerConfig extends CommonConfig {
  /** 0 lets the system choose. */
  readonly port: number
  readonly host: string
  /** Where workers of a fleet reach it, without a slash at its end; null: what it listens on. */
  readonly advertisedUrl: string | null
  readonly adminToken: string | null
  readonly adminDomain: string
  readonly defaultDomain: string
  readonly redisUrl: string | null
  readonly mongoUrl: string | null
  readonly mongoDb: string
  readonly heartbeatTtlSeconds: number
  readonly seedDomains: boolean
  readonly seedDevToken: string | null
  readonly corsAllowOrigins: '*' | readonly string[]
  /** 0 keeps for ever. */
  readonly retentionDays: number
  /** Bytes of output kept per attempt. */
  readonly logLimitBytes: number
  /** In lower case. */
  readonly allowedHosts: readonly string[]
  readonly metricsPublic: boolean
  readonly secretKey: string | null
  readonly worker: WorkerConfig
}

/**
 * Reads what a scheduler needs, and its embedded worker. Unknown variables are ignored; an empty value is the same as an
 * unset one.
 *
 * @throws {ConfigError} with one sentence that names the first variable that cannot be used
 */
export function readServerConfig(env: Environment): ServerConfig {
  const read = parse(z.object({ ...commonVariables, ...serverVariables, ...workerVariables }), env)
  if (read.DEFAULT_DOMAIN === read.ADMIN_DOMAIN)
    throw new ConfigError(`DEFAULT_DOMAIN must not be the admin's domain, "${read.ADMIN_DOMAIN}".`)
  return {
    port: read.PORT,
    host: read.HOST,
    advertisedUrl: read.ADVERTISED_URL?.replace(/\/+$/, '') ?? null,
    adminToken: read.ADMIN_TOKEN,
    adminDomain: read.ADMIN_DOMAIN,
    defaultDomain: read.DEFAULT_DOMAIN,
    redisUrl: read.REDIS_URL,
    mongoUrl: read.MONGO_URL,
    mongoDb: read.MONGO_DB,
    heartbeatTtlSeconds: read.SCHEDULER_HEARTBEAT_TTL,
    seedDomains: read.SEED_DOMAINS,
    seedDevToken: read.SEED_DEV_TOKEN,
    corsAllowOrigins: read.CORS_ALLOW_ORIGINS,
    retentionDays: read.RETENTION_DAYS,
    logLimitBytes: read.LOG_LIMIT_BYTES,
    allowedHosts: read.ALLOWED_HOSTS.map((host) => host.toLowerCase()),
    metricsPublic: read.METRICS_PUBLIC,
    secretKey: read.HYDRA_SECRET_KEY,
    ...commonOf(read),
    worker: workerOf(read),
  }
}

/**
 * Reads what a worker needs that is a process of its own.
 *
 * @throws {ConfigError} with one sentence that names the first variable that cannot be used
 */
export function readWorkerConfig(env: Environment): LoneWorkerConfig {
  const read = parse(z.object({ ...commonVariables, ...aloneVariables, ...workerVariables }), env)
  return {
    domain: read.WORKER_DOMAIN,
    token: read.WORKER_DOMAIN_TOKEN ?? read.API_TOKEN,
    redisUrl: read.REDIS_URL,
    leaseSeconds: read.WORKER_LEASE_SECONDS,
    ...commonOf(read),
    worker: workerOf(read),
  }
}

type Read<Variables extends Readonly<Record<string, z.ZodType>>> = {
  readonly [Name in keyof Variables]: z.output<Variables[Name]>
}

const commonOf = (read: Read<typeof commonVariables>): CommonConfig => ({
  logLevel: read.LOG_LEVEL,
  noColor: read.NO_COLOR,
  dataDir: read.HYDRA_DATA_DIR,
  drainSeconds: read.DRAIN_SECONDS,
  failPoint: read.HYDRA_FAIL_POINT,
  startedByNpm: read.npm_lifecycle_event,
})

const workerOf = (read: Read<typeof workerVariables>): WorkerConfig => ({
  workerId: read.WORKER_ID,
  tags: read.WORKER_TAGS,
  autoTags: read.WORKER_AUTO_TAGS,
  allowedUsers: read.ALLOWED_USERS,
  queues: read.WORKER_QUEUES,
  maxConcurrency: read.MAX_CONCURRENCY,
  initialState: read.WORKER_STATE,
  deploymentType: read.DEPLOYMENT_TYPE,
  jobEnvPass: read.JOB_ENV_PASS,
  jobWorkdir: read.JOB_WORKDIR,
})

function parse<Shape extends z.ZodType>(schema: Shape, env: Environment): z.output<Shape> {
  const result = schema.safeParse(env)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const name = String(issue?.path[0] ?? 'The environment')
  const given = secretNames.includes(name) ? '' : `, not ${JSON.stringify(env[name])}`
  throw new ConfigError(`${name} ${issue?.message ?? 'cannot be used'}${given}.`)
}
