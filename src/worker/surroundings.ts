import { accessSync, constants } from 'node:fs'
import type { HostFacts } from '../executors/command.ts'
import { answers, type Probe, versionIn } from './probe.ts'

/** What executors need of the machine. */
export interface Machine {
  readonly has_bin_bash: boolean
  readonly capabilities: readonly string[]
  /** A Python 3, by the name that it answers to. */
  readonly python: { readonly name: string; readonly version: string } | null
}

/** What is being found out by trying. */
export interface Surroundings {
  readonly machine: Promise<Machine>
  /** Automatic tags besides `python`: an engine that is away, or a slow shell, may take seconds to say so. */
  readonly runtimes: Promise<readonly string[]>
}

type Run = (file: string, ...args: string[]) => Promise<string | null>

/**
 * Tries what this machine can do: programs are run with the environment that jobs get, within a limit of time each, all at
 * once. To be called as early as can be, so that the answers are there when they are asked for.
 *
 * @param probe runs a program; a test gives its own
 */
export function lookAround(
  worker: { readonly baseEnvironment: HostFacts['base_environment']; readonly autoTags: boolean },
  probe: Probe = answers,
): Surroundings {
  const run: Run = (file, ...args) => probe(file, args, worker.baseEnvironment)
  return { machine: lookAtMachine(run), runtimes: worker.autoTags ? lookForRuntimes(run) : Promise.resolve([]) }
}

async function lookAtMachine(run: Run): Promise<Machine> {
  const has_bin_bash = isProgram('/bin/bash')
  const [python3, python, bash, cmd] = await Promise.all([
    run('python3', '--version'),
    run('python', '--version'),
    has_bin_bash ? 'bash' : run('bash', '--version'),
    // What answers to this name elsewhere is not cmd.
    run('cmd', '/c', 'ver'),
  ])
  const found = [pythonIn('python3', python3), pythonIn('python', python)].find((one) => one !== null) ?? null
  const can = { shell: bash !== null, batch: cmd?.includes('Windows') === true, python: found !== null, external: true }
  return {
    has_bin_bash,
    capabilities: Object.entries(can).flatMap(([type, isSo]) => (isSo ? [type] : [])),
    python: found,
  }
}

function pythonIn(name: string, said: string | null): Machine['python'] {
  const version = versionIn(said)
  return version?.startsWith('3.') ? { name, version } : null
}

/** `container` means an engine that answers, not a client without one. */
async function lookForRuntimes(run: Run): Promise<readonly string[]> {
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
