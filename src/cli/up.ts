import { processEnvironment, type ServerConfig } from '../runtime/config.ts'
import { absoluteFolder, defaultDataDir } from '../runtime/data-dir.ts'
import { armFailPoint } from '../runtime/fail-points.ts'
import { jobBaseEnvironment } from '../runtime/job-environment.ts'
import { type Log, openLog } from '../runtime/log.ts'
import { forgetSecrets, secretNames } from '../runtime/secrets.ts'
import { hideProcess } from '../runtime/secrets-in-memory.ts'
import { lookAround, type Surroundings } from '../worker/surroundings.ts'
import { Worker } from '../worker/worker.ts'
import { banner } from './banner.ts'
import { adminToken, isFresh, openDataFolder } from './data-folder.ts'
import { assertPortFree } from './port.ts'
import { quoted } from './quoted.ts'
import { announce } from './running.ts'
import { self } from './self.ts'
import { openService, type Service } from './server.ts'
import { readConfig } from './server-config.ts'
import { ownVersion } from './version.ts'
import { watchWish } from './wish.ts'

/**
 * `hydra up`: everything on this machine. Resolves with the exit code when it has ended.
 * @throws Refusal with one sentence for what its user can mend
 */
export async function up({ worker: withWorker }: { readonly worker: boolean }): Promise<number> {
  const env = processEnvironment()
  const config = readConfig(env)
  // Read before the secrets are forgotten, which may empty the memory that process.env reads from.
  const base = jobBaseEnvironment(env, config.worker.jobEnvPass)
  hideProcess(secretNames)
  forgetSecrets(env)
  const log = openLog({ level: config.logLevel, color: !config.noColor })
  if (isFresh(config.dataDir)) await assertPortFree(config)
  const lock = openDataFolder(config.dataDir)
  // Watched from here on: a signal that comes while it starts must find it, too.
  const wish = watchWish(config, log)
  let withdraw = (): void => {}
  try {
    // Programs are tried while the store is opened: their answers are there when the worker registers.
    const around = withWorker ? lookAround({ baseEnvironment: base, autoTags: config.worker.autoTags }) : null
    const admin = adminToken(config.dataDir, config.adminToken)
    const service = await openService({
      config,
      adminToken: admin.token,
      embedded: withWorker,
      environment: base,
      version: ownVersion(),
      patience: null,
      log,
    })
    try {
      const worker = around ? await startWorker(config, service, { base, around }, log) : null
      const { url } = service
      const page = service.signInLink(admin.token)
      const shown = { url, page, tokenFile: admin.file, dataFolder: config.dataDir, worker: worker?.workerId ?? null }
      withdraw = announce(config.dataDir, url)
      process.stdout.write(banner({ ...shown, command: commandFor(config) }))
      await wish.toStop
      withdraw()
      await service.plane.drain()
      wish.onHurry(() => worker?.stop({ now: true }))
      await worker?.stop()
    } finally {
      withdraw()
      await service.close()
    }
    return 0
  } finally {
    wish.forget()
    lock.release()
  }
}

/** How a command is called that is to find this server: as this one was, with the same data directory. */
const commandFor = ({ dataDir }: ServerConfig): string =>
  dataDir === absoluteFolder(defaultDataDir) ? self() : `HYDRA_DATA_DIR=${quoted(dataDir)} ${self()}`

async function startWorker(
  config: ServerConfig,
  service: Service,
  { base, around }: { readonly base: Readonly<Record<string, string>>; readonly around: Surroundings },
  log: Log,
): Promise<Worker> {
  const worker = new Worker({
    link: service.plane.desk,
    config: config.worker,
    dataDir: config.dataDir,
    domain: config.defaultDomain,
    // On one machine nobody else could be given its jobs: they need not end when the server does. On a store that others
    // share they could, and must be if this machine does not come back.
    ttl: config.mongoUrl === null ? null : config.heartbeatTtlSeconds * 1000,
    baseEnvironment: base,
    around,
    drainSeconds: config.drainSeconds,
    version: ownVersion(),
    log: log.child({ part: 'worker' }),
  })
  const { failPoint } = config
  if (failPoint) armFailPoint({ ...failPoint, ...(failPoint.both ? { also: () => worker.supervisorPid } : {}) })
  await worker.start()
  return worker
}
