import type { Environment } from './config-fields.ts'
import { secretNames } from './secrets.ts'

/** What every job gets. LC_* stands for the locale's categories. */
const always = [
  'PATH HOME USER LOGNAME SHELL LANG LC_* TZ TMPDIR',
  'http_proxy https_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY',
].flatMap((names) => names.split(' '))

/** Without these, hardly a program starts on Windows: sockets need SystemRoot, cmd needs ComSpec, PATHEXT finds .exe. */
const alwaysOnWindows = [
  'SystemRoot SystemDrive ComSpec PATHEXT TEMP TMP USERPROFILE APPDATA LOCALAPPDATA ProgramData ProgramFiles*',
  'NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE windir',
].flatMap((names) => names.split(' '))

/** Never passed, whatever is named: the program's own settings and connections. */
const never = [...secretNames, 'MONGO_DB', 'HYDRA_*']

/** What `npm start` adds: about this package, and of no meaning to a job. Passed when named, but not by a bare `*`. */
const ofNpm = ['npm_*', 'INIT_CWD', 'NODE', 'COLOR']

/**
 * The environment that a job's own variables are laid over: an allow-list of the worker's, and what `pass` (JOB_ENV_PASS)
 * names. In a name `*` stands for any letters; `*` alone passes all but secrets, connections and what npm added. The
 * folders that npm put before PATH are taken out: a job must not find this package's tools, its Node among them.
 */
export function jobBaseEnvironment(
  env: Environment,
  pass: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const isWindows = platform === 'win32'
  // On Windows the names of variables have no case: PATH is mostly spelled Path.
  const matcher = (names: readonly string[]) => matches(names, isWindows ? 'i' : '')
  const underNpm = Boolean(env.npm_lifecycle_event)
  const isListed = matcher(isWindows ? [...always, ...alwaysOnWindows] : always)
  const isNamed = matcher(pass.filter((name) => name !== '*'))
  const isWithheld = matches(never, 'i')
  const isOfNpm = underNpm ? matcher(ofNpm) : () => false
  const isPassed = (name: string): boolean => isListed(name) || isNamed(name) || (pass.includes('*') && !isOfNpm(name))
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || isWithheld(name) || !isPassed(name)) continue
    passed[name] = underNpm && name.toUpperCase() === 'PATH' ? withoutNpm(value, isWindows) : value
  }
  return passed
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function matches(names: readonly string[], flags: string): (name: string) => boolean {
  const patterns = names.map((name) => name.split('*').map(escaped).join('.*'))
  const pattern = new RegExp(`^(?:${patterns.join('|')})$`, flags)
  return (name) => names.length > 0 && pattern.test(name)
}

const withoutNpm = (path: string, isWindows: boolean): string => {
  const separator = isWindows ? ';' : ':'
  const isOfNpm = (folder: string): boolean =>
    /node_modules[\\/]\.bin[\\/]?$/.test(folder) || folder.includes('node-gyp-bin')
  return path
    .split(separator)
    .filter((folder) => !isOfNpm(folder))
    .join(separator)
}
