import { type Stats, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import process from 'node:process'

/** execvp(3)'s own default where the job has no PATH. */
const defaultPath = '/bin:/usr/bin'

/** What is to be run. */
export interface Program {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/**
 * The path to execute: `file` itself where it contains a slash, else the first executable of that name in the job's PATH;
 * null when there is none. On Windows the system searches for itself (PATHEXT).
 */
export function findProgram(program: Program): string | null {
  const { file, env, cwd } = program
  if (file.includes('/') || process.platform === 'win32') return file
  for (const folder of (env.PATH ?? defaultPath).split(delimiter)) {
    const path = join(isAbsolute(folder) ? folder : resolve(cwd, folder), file)
    const found = look(path)
    if (found?.isFile() && isExecutable(found)) return path
  }
  return null
}

/**
 * Why it could not be started, in a sentence that names the culprit: posix_spawn has one code for a missing program, a
 * missing folder and a missing interpreter, and child_process gives its code too late.
 * @param errno Node's code, or null where it is not known
 */
export function whyNotStarted(program: Program, errno: string | null): string {
  if (hasNul(program)) return 'an argument or a variable of the environment contains a NUL byte'
  return (
    wrongFolder(program.cwd) ??
    knownReason[errno ?? ''] ??
    wrongFile(program) ??
    `${program.file} cannot be started (${errno ?? 'the system does not say why'})`
  )
}

/** A C string ends at its first NUL: what follows would silently be lost. */
export function hasNul({ file, args, env, cwd }: Program): boolean {
  if (file.includes('\0') || cwd.includes('\0')) return true
  for (const text of args) if (text.includes('\0')) return true
  for (const name in env) if (name.includes('\0') || env[name]?.includes('\0')) return true
  return false
}

const knownReason: Readonly<Record<string, string>> = {
  E2BIG: 'the arguments and the environment are too large',
  EAGAIN: 'no further process can be started: a limit on processes is reached',
  ENOMEM: 'no further process can be started: memory is short',
  EMFILE: 'no further process can be started: too many files are open',
  ENFILE: 'no further process can be started: too many files are open on this machine',
  ENAMETOOLONG: 'the path of the program is too long',
}

function wrongFolder(cwd: string): string | null {
  const folder = look(cwd)
  if (folder === null) return `the workdir ${cwd} does not exist`
  if (!folder.isDirectory()) return `the workdir ${cwd} is not a folder`
  return mayUse(folder, 0o1) ? null : `the workdir ${cwd} may not be entered`
}

function wrongFile(program: Program): string | null {
  const { file, cwd } = program
  const path = findProgram(program)
  if (path === null) return `${file}: no such file in the job's PATH`
  const found = look(resolve(cwd, path))
  if (found === null) return `${file}: no such file`
  if (found.isDirectory()) return `${file} is a folder`
  if (!isExecutable(found)) return `${file} is not executable`
  return `${file} cannot be started: the interpreter that it asks for does not exist, or it is made for another machine`
}

const isExecutable = (file: Stats): boolean => mayUse(file, 0o1)

/** Root may enter any folder, and execute what anyone may execute. */
function mayUse(file: Stats, bit: number): boolean {
  const user = process.getuid?.()
  if (user === undefined) return true
  if (user === 0) return file.isDirectory() || (file.mode & 0o111) !== 0
  const groups = new Set([process.getgid?.(), ...(process.getgroups?.() ?? [])])
  if (file.uid === user) return (file.mode & (bit << 6)) !== 0
  return (file.mode & (groups.has(file.gid) ? bit << 3 : bit)) !== 0
}

function look(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}
