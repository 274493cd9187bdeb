import process from 'node:process'

/** The calls of glibc that Node has no names for; `null` results and errors stay C's own: −1 and errno. */
export interface Libc {
  readonly errno: () => number
  readonly address: (bytes: Buffer) => bigint
  readonly pipe2: (fds: number[], flags: number) => number
  readonly clockGettime: (clock: number, time: Buffer) => number
  readonly close: (fd: number) => number
  readonly kill: (pid: number, signal: number) => number
  readonly waitid: (kind: number, id: number, info: Buffer, options: number) => number
  readonly waitpid: (pid: number, status: number[], options: number) => number
  readonly prctl: (option: number, a: number, b: number, c: number, d: number) => number
  readonly flock: (fd: number, operation: number) => number
  readonly sigfillset: (set: Buffer) => number
  readonly attrInit: (attributes: Buffer) => number
  readonly attrSetFlags: (attributes: Buffer, flags: number) => number
  readonly attrSetSigDefault: (attributes: Buffer, set: Buffer) => number
  readonly attrSetSigMask: (attributes: Buffer, set: Buffer) => number
  readonly actionsInit: (actions: Buffer) => number
  readonly actionsDup2: (actions: Buffer, from: number, to: number) => number
  readonly actionsChdir: (actions: Buffer, path: string) => number
  readonly actionsDestroy: (actions: Buffer) => number
  readonly posixSpawn: (
    pid: number[],
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: Buffer,
    envp: Buffer,
  ) => number
}

/** The C structs whose sizes we allocate ourselves (generously) are known for these two only. */
const knownMachines = new Set(['x64', 'arm64'])

/** Opens glibc, or gives null where it is not to be had (musl, macOS, Windows, no koffi): then Node's own means serve. */
export async function openLibc(): Promise<Libc | null> {
  if (process.platform !== 'linux' || !knownMachines.has(process.arch)) return null
  try {
    const koffi = await import('koffi')
    return bind(koffi.default)
  } catch {
    return null
  }
}

function bind(koffi: Pick<typeof import('koffi'), 'load' | 'errno' | 'address'>): Libc {
  const libc = koffi.load('libc.so.6')
  const spawnCalls = {
    attrInit: libc.func('int posix_spawnattr_init(void *a)'),
    attrSetFlags: libc.func('int posix_spawnattr_setflags(void *a, short flags)'),
    attrSetSigDefault: libc.func('int posix_spawnattr_setsigdefault(void *a, void *set)'),
    attrSetSigMask: libc.func('int posix_spawnattr_setsigmask(void *a, void *set)'),
    actionsInit: libc.func('int posix_spawn_file_actions_init(void *a)'),
    actionsDup2: libc.func('int posix_spawn_file_actions_adddup2(void *a, int from, int to)'),
    actionsChdir: libc.func('int posix_spawn_file_actions_addchdir_np(void *a, str path)'),
    actionsDestroy: libc.func('int posix_spawn_file_actions_destroy(void *a)'),
    posixSpawn: libc.func(
      'int posix_spawn(_Out_ int *pid, str path, void *actions, void *attr, void *argv, void *envp)',
    ),
  }
  return {
    errno: () => koffi.errno(),
    address: (bytes) => koffi.address(bytes),
    pipe2: libc.func('int pipe2(_Out_ int *fds, int flags)'),
    clockGettime: libc.func('int clock_gettime(int clock, void *time)'),
    close: libc.func('int close(int fd)'),
    kill: libc.func('int kill(int pid, int signal)'),
    waitid: libc.func('int waitid(int kind, int id, void *info, int options)'),
    waitpid: libc.func('int waitpid(int pid, _Out_ int *status, int options)'),
    prctl: libc.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)'),
    flock: libc.func('int flock(int fd, int operation)'),
    sigfillset: libc.func('int sigfillset(void *set)'),
    ...spawnCalls,
  }
}

/** errno → Node's code (`ENOENT`), as far as a spawn can give it. */
export const errorCodes: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  7: 'E2BIG',
  8: 'ENOEXEC',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  26: 'ETXTBSY',
  36: 'ENAMETOOLONG',
  40: 'ELOOP',
}
