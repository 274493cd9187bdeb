import { accessSync, constants } from 'node:fs'
import { availableParallelism, hostname, networkInterfaces, userInfo } from 'node:os'
import process from 'node:process'
import type { HostFacts } from '../executors/command.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import { answers, type Probe } from './probe.ts'

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

/**
 * What the worker is and can do, found by trying: programs are run with the environment that jobs get, within a limit
 * of time each, all at once.
 *
 * @param probe runs a program; a test gives its own
 */
export async function findFacts(
  settings: WorkerSettings,
  probe: Probe = answers,
): Promise<{ readonly card: Omit<WorkerCard, 'kill_level'>; readonly host: HostFacts }> {
  const run = (file: string, ...args: string[]) => probe(file, args, settings.baseEnvironment)
  const has_bin_bash = isProgram('/bin/bash')
  const [python, tags, hasBash] = await Promise.all([
    run('python3', '--version'),
    settings.autoTags ? foundTags(run) : [],
    has_bin_bash || run('bash', '--version').then((said) => said !== null),
  ])
  const host: HostFacts = {
    os: oses[process.platform] ?? 'linux',
    has_bin_bash,
    base_environment: settings.baseEnvironment,
    workdir: settings.jobWorkdir === 'inherit' ? process.cwd() : null,
  }
  const isPython = python !== null && settings.autoTags
  return { host, card: cardOf(settings, host, python, hasBash, isPython ? ['python', ...tags] : tags) }
}

function cardOf(
  settings: WorkerSettings,
  { os }: HostFacts,
  python: string | null,
  hasBash: boolean,
  tags: readonly string[],
): Omit<WorkerCard, 'kill_level'> {
  const ip = ownAddress()
  return {
    domain: settings.domain,
    worker_id: settings.workerId,
    os,
    tags: [...new Set([...settings.tags, ...tags])],
    allowed_users: settings.allowedUsers,
    queues: settings.queues,
    max_concurrency: settings.maxConcurrency,
    deployment_type: settings.deploymentType,
    hostname: hostname(),
    ip,
    subnet: ip.split('.').slice(0, 3).join('.'),
    run_user: runUser(),
    cpu_count: availableParallelism(),
    python_version: python?.match(/\d+(?:\.\d+)+\S*/)?.[0] ?? null,
    cwd: process.cwd(),
    version: settings.version,
    capabilities: hasBash ? ['shell', 'external'] : ['external'],
    ttl: settings.ttl,
    first_state: settings.initialState,
  }
}

type Run = (file: string, ...args: string[]) => Promise<string | null>

/** Runtimes besides python. `container` means an engine that answers, not a client without one. */
async function foundTags(run: Run): Promise<string[]> {
  const any = async (...tries: Promise<string | null>[]): Promise<boolean> =>
    (await Promise.all(tries)).some((said) => said !== null)
  const found = await Promise.all([
    any(run('uv', '--version')),
    any(run('pwsh', '--version'), run('powershell', '-NoProfile', '-Command', '$PSVersionTable.PSVersion.Major')),
    any(run('docker', 'version', '--format', '{{.Server.Version}}'), run('podman', 'info', '--format', '{{.Host.OS}}')),
  ])
  return ['uv', 'powershell', 'container'].filter((_, i) => found[i])
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first IPv4 address by which others reach this machine. */
function ownAddress(): string {
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
