import { availableParallelism, hostname, networkInterfaces, userInfo } from 'node:os'
import process from 'node:process'
import type { HostFacts } from '../executors/command.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import { lookAround, type Machine, type Surroundings } from './surroundings.ts'

/** What the worker is told of itself; everything else about it is found. */
export interface WorkerSettings {
  readonly domain: string
  readonly workerId: string
  readonly tags: readonly string[]
  /** Whether a tag is added for each runtime that is found. */
  readonly autoTags: boolean
  /** Empty: all users. */
  readonly allowedUsers: readonly string[]
  readonly queues: readonly string[]
  readonly maxConcurrency: number
  readonly initialState: WorkerState
  readonly deploymentType: string
  readonly jobWorkdir: 'own' | 'inherit'
  /** null: no deadline (the embedded server's own worker). */
  readonly ttl: Millis | null
  /** Of the program. */
  readonly version: string
  /** What every job's environment begins with; runtimes are looked for on its PATH. */
  readonly baseEnvironment: Readonly<Record<string, string>>
}

const oses: Readonly<Record<string, HostFacts['os']>> = { win32: 'windows', darwin: 'darwin' }

/** What the worker is and can do. */
export interface Facts {
  readonly card: Omit<WorkerCard, 'kill_level'>
  readonly host: HostFacts
  /** All its tags, where not every runtime has answered in time; else null. */
  readonly laterTags: Promise<readonly string[]> | null
  /** The runtimes that are there, when all have answered. */
  readonly runtimes: Promise<readonly string[]>
}

/** What needs longer than this to say that it is there becomes a tag later: it must not hold up the start. */
const tagPatience: Millis = 300

/**
 * @param around what was found of the machine, or is being found
 * @param known runtimes that an earlier life found: tags until all have answered, so that a restart does not turn jobs away
 */
export async function findFacts(
  settings: WorkerSettings,
  around: Surroundings = lookAround(settings),
  known: readonly string[] = [],
): Promise<Facts> {
  const machine = await around.machine
  const runtimes = await Promise.race([around.runtimes, soon(tagPatience)])
  const host: HostFacts = {
    os: oses[process.platform] ?? 'linux',
    has_bin_bash: machine.has_bin_bash,
    python: machine.python?.name ?? 'python3',
    versions: {},
    base_environment: settings.baseEnvironment,
    workdir: settings.jobWorkdir === 'inherit' ? process.cwd() : null,
  }
  const tags = (found: readonly string[]): readonly string[] => [
    ...new Set([...settings.tags, ...(settings.autoTags && machine.python ? ['python'] : []), ...found]),
  ]
  return {
    card: cardOf(settings, host.os, machine, tags(runtimes ?? known)),
    host,
    laterTags: runtimes === null ? around.runtimes.then(tags) : null,
    runtimes: around.runtimes,
  }
}

const soon = (ms: Millis): Promise<null> => new Promise((resolve) => setTimeout(resolve, ms, null).unref())

function cardOf(
  settings: WorkerSettings,
  os: HostFacts['os'],
  { capabilities, python }: Machine,
  tags: readonly string[],
): Omit<WorkerCard, 'kill_level'> {
  const ip = ownAddress()
  return {
    domain: settings.domain,
    worker_id: settings.workerId,
    os,
    tags,
    allowed_users: settings.allowedUsers,
    queues: settings.queues,
    max_concurrency: settings.maxConcurrency,
    deployment_type: settings.deploymentType,
    hostname: hostname(),
    ip,
    subnet: ip.split('.').slice(0, 3).join('.'),
    run_user: runUser(),
    cpu_count: availableParallelism(),
    python_version: python?.version ?? null,
    cwd: process.cwd(),
    version: settings.version,
    capabilities,
    ttl: settings.ttl,
    first_state: settings.initialState,
  }
}

/** The first IPv4 address by which others reach this machine. */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** A user without an entry in the password file (containers) has a number only. */
function runUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
