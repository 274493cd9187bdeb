import { type PythonWish, pythonWish } from '../model/python.ts'
import { isTooLong } from './argument.ts'
import type { AttemptFacts, Command, ExecutorOf, HostFacts, Refusal } from './command.ts'

type Python = ExecutorOf<'python'>

/**
 * Runs code too long for an argument from a file, with all else as `-c` has it: `sys.argv[0]` is `-c`, modules are found in
 * the job's folder, `__main__` holds nothing of ours. An error's traceback shows the lines of the file.
 */
const fromFile =
  'exec(compile(__import__("pathlib").Path(__import__("sys").argv[1]).read_text("utf-8"),__import__("sys").argv.pop(1),"exec"))'

/** Python code for an interpreter of the worker's. Source: the wire contract, "Executors" and "How they start". */
export function python(executor: Python, host: HostFacts, { script_path }: AttemptFacts): Command | Refusal {
  const file = interpreterOf(pythonWish(executor), executor, host)
  if (typeof file !== 'string') return file
  const { code, args } = executor
  if (!isTooLong(code, host)) return { file, args: ['-c', code, ...args] }
  return { file, args: ['-c', fromFile, script_path, ...args], script: code }
}

/**
 * Programs whose version has to be asked for before the code can be started. They are run with the worker's own
 * environment, never with a job's: what a job names runs as its process alone, under the supervisor's eyes.
 */
export function programsAsked(executor: ExecutorOf): readonly string[] {
  if (executor.type !== 'python' || setsPath(executor)) return []
  return candidates(pythonWish(executor))
}

/** Under which names a version may be found, the likeliest first; none where the name says it all. */
function candidates({ version }: PythonWish): readonly string[] {
  const [major, minor] = version ?? []
  if (minor === undefined) return []
  return [`python${major}.${minor}`, `python${major}`, 'python']
}

function interpreterOf(wish: PythonWish, executor: Python, host: HostFacts): string | Refusal {
  const { name, version } = wish
  if (version === null) return name === 'python3' ? host.python : name
  const [major, minor, patch] = version
  if (minor === undefined) return major === 3 ? host.python : `python${major}`
  if (setsPath(executor)) {
    if (patch === undefined) return `python${major}.${minor}`
    return { refused: 'a python_version of three numbers cannot be checked in a PATH of the job; give two numbers' }
  }
  const names = candidates(wish)
  return names.find((one) => isVersion(host.versions[one], version)) ?? notFound(version.join('.'), names, host)
}

const setsPath = ({ env }: Python): boolean => Object.keys(env).some((name) => name.toUpperCase() === 'PATH')

function isVersion(said: string | undefined, wanted: readonly number[]): boolean {
  const found = said?.split('.') ?? []
  return wanted.every((number, i) => Number.parseInt(found[i] ?? '', 10) === number)
}

function notFound(version: string, names: readonly string[], { versions }: HostFacts): Refusal {
  const found = names.flatMap((name) => (versions[name] ? `${name} is ${versions[name]}` : []))
  const what = found.length > 0 ? found.join(', ') : `neither ${names.join(' nor ')} answers`
  return { refused: `there is no Python ${version} on the worker's PATH: ${what}` }
}
