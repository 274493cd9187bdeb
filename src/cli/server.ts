import { type OpenedBroker, openBroker } from '../brokers/open.ts'
import { PythonSyntax, programRunner } from '../executors/python-syntax.ts'
import { createServer, type Server } from '../http/server.ts'
import { SignInCodes } from '../http/sign-in-codes.ts'
import type { Store } from '../ports/store.ts'
import type { RedisConnection } from '../redis/connection.ts'
import type { ServerConfig } from '../runtime/config.ts'
import type { Log } from '../runtime/log.ts'
import { Metrics } from '../runtime/metrics.ts'
import { ControlPlane } from '../scheduler/control-plane.ts'
import { openStore } from '../stores/open.ts'
import { announced } from './announced.ts'
import { reason } from './data-folder.ts'
import { pageFolder } from './page-folder.ts'
import { cannotListen } from './port.ts'
import { Refusal } from './refusal.ts'
import { askable } from './running.ts'
import { untilThere } from './stores.ts'

/** What serves: everything of `hydra up` but its own worker. */
export interface Service {
  readonly plane: ControlPlane
  readonly url: string
  /** A link that opens the page signed in with this token, once; null where there is no page. */
  signInLink(token: string): string | null
  /** Ends in order: what workers still say is stored until here. */
  close(): Promise<void>
}

/** Opens store, broker, scheduler and API over them. @throws Refusal with a sentence for what its user can mend */
export async function openService({
  config,
  adminToken,
  embedded,
  environment,
  version,
  patience,
  log,
}: {
  config: ServerConfig
  adminToken: string
  embedded: boolean
  /** For programs that the server itself runs. */
  environment: Readonly<Record<string, string>>
  version: string
  /** Until when a store or broker that is away is waited for; null: not at all. */
  patience: AbortSignal | null
  log: Log
}): Promise<Service> {
  const metrics = new Metrics()
  const store = await openStoreOrRefuse(config, metrics, patience, log)
  try {
    const { broker, feed, redis } = await openBrokerOrRefuse(config, patience, log)
    const plane = new ControlPlane({
      store,
      broker,
      feed,
      log,
      meter: metrics,
      codeFaults: new PythonSyntax(programRunner(environment)).faults,
      config: {
        logLimit: config.logLimitBytes,
        heartbeatTtl: config.heartbeatTtlSeconds * 1000,
        adminToken,
        embedded,
        adminDomain: config.adminDomain,
        defaultDomain: config.defaultDomain,
        retentionDays: config.retentionDays,
      },
    })
    const signInCodes = new SignInCodes()
    const page = pageFolder()
    const { server, url } = await listen({ plane, config, metrics, signInCodes, page, version, log })
    await plane.start()
    const address = config.advertisedUrl ?? announced(config.host, new URL(url).port || '80')
    const closePost = redis === null ? null : await openPost(redis, plane, address, log)
    if (config.seedDomains) printTokens(await plane.domains.seed(config.seedDevToken))
    const close = async (): Promise<void> => {
      await server.close()
      closePost?.()
      await plane.stop()
      await store.close()
    }
    const signInLink = (token: string): string | null =>
      page === null ? null : `${askable(url)}/ui/#code=${signInCodes.issue(token, performance.now())}`
    return { plane, url, signInLink, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Where workers that write to Redis are heard. The answer closes it. */
async function openPost(redis: RedisConnection, plane: ControlPlane, address: string, log: Log): Promise<() => void> {
  const { PostOffice } = await import('../links/redis/post-office.ts')
  const post = new PostOffice({ redis, desk: plane.frontDesk, address, log })
  const forget = plane.desk.onAnyCancel(({ domain, worker_id, _id: run_id, token }) => {
    if (worker_id !== null) post.cancel(domain, worker_id, { run_id, token })
  })
  await post.open()
  return () => {
    forget()
    post.close()
  }
}

async function openStoreOrRefuse(
  config: ServerConfig,
  metrics: Metrics,
  patience: AbortSignal | null,
  log: Log,
): Promise<Store> {
  const url = config.mongoUrl ?? `sqlite:${config.dataDir}`
  const warn = (sentence: string): void => log.warn(sentence)
  const options = { database: config.mongoDb, told: metrics.committed.bind(metrics), warn }
  try {
    return await untilThere(() => openStore(url, options), patience, log)
  } catch (error) {
    throw new Refusal(`The store cannot be opened: ${reason(error)}`)
  }
}

async function openBrokerOrRefuse(config: ServerConfig, patience: AbortSignal | null, log: Log): Promise<OpenedBroker> {
  const url = config.redisUrl ?? 'memory:'
  try {
    return await untilThere(() => openBroker(url, log.child({ part: 'broker' })), patience, log)
  } catch (error) {
    throw new Refusal(reason(error))
  }
}

async function listen({
  plane,
  config,
  metrics,
  signInCodes,
  page,
  version,
  log,
}: {
  plane: ControlPlane
  config: ServerConfig
  metrics: Metrics
  signInCodes: SignInCodes
  page: string | null
  version: string
  log: Log
}): Promise<{ server: Server; url: string }> {
  const { defaultDomain, allowedHosts, host, port, metricsPublic } = config
  const corsAllowOrigins = config.corsAllowOrigins === '*' ? ['*'] : config.corsAllowOrigins
  const server = await createServer({
    plane,
    config: { defaultDomain, corsAllowOrigins, allowedHosts, host, port, metricsPublic, version, page },
    metrics,
    signInCodes,
    log,
  })
  try {
    return { server, url: await server.listen() }
  } catch (error) {
    await server.close()
    throw cannotListen({ host, port }, error)
  }
}

/** Shown once, on standard error, and never logged. */
function printTokens(made: readonly { readonly domain: string; readonly token: string | null }[]): void {
  for (const { domain, token } of made)
    process.stderr.write(`The token of the domain ${domain}, shown once: ${token}\n`)
}
