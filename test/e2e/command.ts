import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What a command answered. */
export interface Said {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** A command as a process of its own, in an environment that has nothing of ours but what is given. */
export class Call {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  #told: () => void = () => {}

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>, input: string | null) {
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(file, args, { env: { PATH, HOME, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdout?.on('data', (text) => this.#take('stdout', text))
    this.child.stderr?.on('data', (text) => this.#take('stderr', text))
    this.child.on('close', () => this.#told())
    if (input !== null) this.child.stdin?.end(input)
  }

  #take(stream: 'stdout' | 'stderr', text: Buffer): void {
    this[stream] += String(text)
    this.#told()
  }

  /** Waits until what it said so far holds this. */
  async says(wanted: string | RegExp): Promise<void> {
    const isThere = (): boolean => {
      const all = this.stdout + this.stderr
      return typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all)
    }
    while (!isThere()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended without ${wanted}: ${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
    }
  }

  /** Presses keys: only on a terminal. */
  press(keys: string): void {
    this.child.stdin?.write(keys)
  }

  async ended(): Promise<Said> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
    const { stdout, stderr } = this
    return { code: this.child.exitCode ?? this.child.signalCode ?? '', stdout, stderr }
  }
}

export type Env = Readonly<Record<string, string>>

/** Calls `hydra`. */
export const hydra = (args: readonly string[], env: Env, input: string | null = ''): Call =>
  new Call(process.execPath, [main, ...args], env, input)

/** A line for a shell in which `hydra` is what it is for people. */
export const shell = (line: string, env: Env): Call => {
  const call = `'${process.execPath}' '${main}'`
  return new Call('bash', ['-c', `set -o pipefail; hydra() { ${call} "$@"; }; ${line}`], env, '')
}

/** Runs a program on a terminal of its own: what it prints comes here, what is pressed goes there. */
const terminal = `
import os, pty, sys, struct, fcntl, termios
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
import threading
def press():
    while data := os.read(0, 1024): os.write(fd, data)
threading.Thread(target=press, daemon=True).start()
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    os.write(1, data)
sys.stdout.flush()
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os._exit(code if code >= 0 else 128 - code)
`

/** Calls `hydra` on a terminal of so many columns. */
export const onTerminal = (columns: number, args: readonly string[], env: Env): Call =>
  new Call(
    'python3',
    ['-c', terminal, String(columns), process.execPath, main, ...args],
    { TERM: 'xterm', ...env },
    null,
  )

/** Whether this machine has what `onTerminal` needs. */
export const hasTerminals = (): boolean => spawnSync('python3', ['-c', 'import pty']).status === 0
