import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readServerConfig } from './config.ts'

const sentenceOf = (env: Record<string, string>): string => {
  try {
    readServerConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

test('an empty environment gives the defaults of the contract', () => {
  expect(readServerConfig({})).toEqual({
    port: 8000,
    host: '127.0.0.1',
    advertisedUrl: null,
    adminToken: null,
    adminDomain: 'admin',
    defaultDomain: 'prod',
    redisUrl: null,
    mongoUrl: null,
    mongoDb: 'hydra_jobs',
    heartbeatTtlSeconds: 10,
    seedDomains: false,
    seedDevToken: null,
    corsAllowOrigins: ['http://localhost:5173', 'http://localhost:8000'],
    logLevel: 'info',
    noColor: false,
    dataDir: join(homedir(), '.local', 'share', 'hydra-jobs'),
    retentionDays: 90,
    logLimitBytes: 67_108_864,
    drainSeconds: 10,
    allowedHosts: [],
    metricsPublic: false,
    secretKey: null,
    failPoint: null,
    startedByNpm: false,
    worker: {
      workerId: null,
      tags: [],
      autoTags: true,
      allowedUsers: [],
      queues: ['default'],
      maxConcurrency: 2,
      initialState: 'online',
      deploymentType: 'docker',
      jobEnvPass: [],
      jobWorkdir: 'own',
    },
  })
})

test('an empty or blank value is the same as an unset one', () => {
  const names = ['PORT', 'HOST', 'ADMIN_TOKEN', 'REDIS_URL', 'SEED_DOMAINS', 'LOG_LEVEL', 'HYDRA_DATA_DIR', 'WORKER_ID']
  for (const blank of ['', '  '])
    expect(readServerConfig(Object.fromEntries(names.map((name) => [name, blank])))).toEqual(readServerConfig({}))
})

test('every kind of value is read', () => {
  const config = readServerConfig({
    PORT: '0',
    HOST: '::1',
    ADVERTISED_URL: 'https://jobs.example.com:8443/',
    ADMIN_TOKEN: ' s3cret ',
    REDIS_URL: 'redis://:pw@cache:6379/0',
    MONGO_URL: 'mongodb://a:1,b:2/?replicaSet=rs',
    SEED_DOMAINS: '1',
    METRICS_PUBLIC: 'Yes',
    CORS_ALLOW_ORIGINS: 'https://jobs.example.com/, http://localhost:3000',
    LOG_LEVEL: 'WARNING',
    HYDRA_DATA_DIR: 'state',
    RETENTION_DAYS: '0',
    ALLOWED_HOSTS: 'Jobs.Example.com,, b ',
    NO_COLOR: '1',
    WORKER_ID: 'w-1',
    WORKER_TAGS: 'gpu, linux',
    WORKER_AUTO_TAGS: '0',
    WORKER_QUEUES: 'fast,slow',
    MAX_CONCURRENCY: '16',
    WORKER_STATE: 'draining',
    JOB_ENV_PASS: '*',
    JOB_WORKDIR: 'inherit',
    npm_lifecycle_event: 'start',
    SOMETHING_ELSE: 'entirely',
  })
  expect(config).toMatchObject({
    port: 0,
    host: '::1',
    advertisedUrl: 'https://jobs.example.com:8443',
    adminToken: 's3cret',
    redisUrl: 'redis://:pw@cache:6379/0',
    mongoUrl: 'mongodb://a:1,b:2/?replicaSet=rs',
    seedDomains: true,
    metricsPublic: true,
    corsAllowOrigins: ['https://jobs.example.com', 'http://localhost:3000'],
    logLevel: 'warn',
    dataDir: resolve('state'),
    retentionDays: 0,
    allowedHosts: ['jobs.example.com', 'b'],
    noColor: true,
    startedByNpm: true,
    worker: {
      workerId: 'w-1',
      tags: ['gpu', 'linux'],
      autoTags: false,
      queues: ['fast', 'slow'],
      maxConcurrency: 16,
      initialState: 'draining',
      jobEnvPass: ['*'],
      jobWorkdir: 'inherit',
    },
  })
})

test('a star among the origins admits all', () => {
  expect(readServerConfig({ CORS_ALLOW_ORIGINS: 'https://a.example,*' }).corsAllowOrigins).toBe('*')
})

test('a data folder below ~ lies in the home', () => {
  expect(readServerConfig({ HYDRA_DATA_DIR: '~/jobs' }).dataDir).toBe(join(homedir(), 'jobs'))
})

describe('a value that cannot be used is refused by one sentence that names the variable', () => {
  test.each([
    [{ PORT: 'abc' }, 'PORT must be a whole number from 0 to 65535, not "abc".'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, not "65536".'],
    [{ PORT: '80.5' }, 'PORT must be a whole number from 0 to 65535, not "80.5".'],
    [{ DRAIN_SECONDS: '-1' }, 'DRAIN_SECONDS must be a whole number from 0 to 3600, not "-1".'],
    [{ MAX_CONCURRENCY: '0' }, 'MAX_CONCURRENCY must be a whole number from 1 to 10000, not "0".'],
    [{ SEED_DOMAINS: 'maybe' }, 'SEED_DOMAINS must be 1 or 0, not "maybe".'],
    [{ SEED_DOMAINS: 'constructor' }, 'SEED_DOMAINS must be 1 or 0, not "constructor".'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of debug, info, warn, error, silent, not "loud".'],
    [{ LOG_LEVEL: 'constructor' }, 'LOG_LEVEL must be one of debug, info, warn, error, silent, not "constructor".'],
    [{ WORKER_STATE: 'asleep' }, 'WORKER_STATE must be one of online, draining, disabled, not "asleep".'],
    [
      { CORS_ALLOW_ORIGINS: 'example.com' },
      'CORS_ALLOW_ORIGINS must be a comma-separated list of origins such as https://jobs.example.com, or *, not "example.com".',
    ],
    [
      { WORKER_ID: 'pending' },
      'WORKER_ID must be at most 64 letters, digits, dots, underscores and hyphens, and not pending, not "pending".',
    ],
    [{ DEFAULT_DOMAIN: 'admin' }, 'DEFAULT_DOMAIN must not be the admin\'s domain, "admin".'],
  ])('%j', (env, sentence) => {
    expect(sentenceOf(env)).toBe(sentence)
  })
})

test('a secret is not repeated in the sentence', () => {
  expect(sentenceOf({ REDIS_URL: 'http://user:hunter2@cache' })).toBe(
    'REDIS_URL must be a URL that begins with redis://, redis+sentinel:// or redis+cluster:// (rediss with TLS).',
  )
  expect(sentenceOf({ ADMIN_TOKEN: 'two words' })).toBe(
    'ADMIN_TOKEN must be a text of printable characters without blanks.',
  )
})

test('a fail point is read with its visit, an unknown one is refused', () => {
  expect(readServerConfig({ HYDRA_FAIL_POINT: 'dispatch.reserved:3' }).failPoint).toEqual({
    name: 'dispatch.reserved',
    visit: 3,
    both: false,
  })
  expect(sentenceOf({ HYDRA_FAIL_POINT: 'nowhere' })).toBe(
    'HYDRA_FAIL_POINT must be the name of a fail point, perhaps with :N for its Nth visit, not "nowhere".',
  )
})
