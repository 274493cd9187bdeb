import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { Fault } from '../model/errors.ts'
import { pythonWish } from '../model/python.ts'
import type { Millis } from '../model/time.ts'
import type { ExecutorOf } from './command.ts'

/** What a check may take, with its wait for its turn; then the code is accepted: whether it runs, its run will show. */
const patience: Millis = 3000
const mostAtOnce = 2
const mostVerdicts = 500
/** Where no Python answered, it is looked for again after this. */
const lookAgainAfter: Millis = 60_000

/** Compiles what comes on standard input, and never executes it: in 512 MiB and 2 s of CPU, where limits can be set. */
const program = `
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
    resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
except Exception:
    pass
try:
    compile(sys.stdin.buffer.read().decode("utf-8"), "<code>", "exec", 0, True)
    print("ok")
except SyntaxError as e:
    sys.stdout.buffer.write(("%d\\n%s" % (e.lineno or 0, e.msg)).encode("utf-8", "replace"))
`

interface Interpreter {
  readonly file: string
  readonly minor: number
}

/** Runs a program with a text on its standard input; what it printed, or null where it did not end well in time. */
export type RunProgram = (file: string, args: readonly string[], input: string, ms: Millis) => Promise<string | null>

/**
 * Looks for syntax errors in Python code with this machine's own Python 3, in a process of its own. Where it cannot tell
 * (no Python, another version asked for, too slow, too large) the code counts as right.
 */
export class PythonSyntax {
  readonly #run: RunProgram
  readonly #verdicts = new Map<string, readonly Fault[]>()
  readonly #underWay = new Map<string, Promise<readonly Fault[]>>()
  #interpreter: Promise<Interpreter | null> | null = null
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(run: RunProgram) {
    this.#run = run
  }

  /** The fault of code that cannot be parsed; of any other executor, none. Never rejects. */
  readonly faults = async (executor: ExecutorOf): Promise<readonly Fault[]> => {
    if (executor.type !== 'python') return []
    this.#interpreter ??= this.#find()
    const interpreter = await this.#interpreter
    if (interpreter === null || !canJudge(interpreter, executor)) return []
    const key = createHash('sha256').update(executor.code).digest('base64')
    const known = this.#verdicts.get(key)
    if (known) return known
    const underWay = this.#underWay.get(key) ?? this.#judge(key, interpreter, executor.code)
    this.#underWay.set(key, underWay)
    return underWay
  }

  async #find(): Promise<Interpreter | null> {
    // The program behind the name: a version manager's shim takes ten times as long to start.
    const ask = 'import sys; print(sys.executable or "python3", sys.version_info[0], sys.version_info[1], sep="\\n")'
    const [file = '', major, minor] =
      (await this.#run('python3', ['-I', '-S', '-c', ask], '', patience))?.split('\n') ?? []
    if (major === '3') return { file, minor: Number(minor) }
    setTimeout(() => {
      this.#interpreter = null
    }, lookAgainAfter).unref()
    return null
  }

  async #judge(key: string, { file }: Interpreter, code: string): Promise<readonly Fault[]> {
    const until = performance.now() + patience
    await this.#turn()
    try {
      const left = until - performance.now()
      const said = left > 0 ? await this.#run(file, ['-I', '-S', '-W', 'ignore', '-c', program], code, left) : null
      const faults = faultsIn(said)
      if (said !== null) this.#keep(key, faults)
      return faults
    } finally {
      this.#underWay.delete(key)
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Waits until fewer than the most at once are running. */
  async #turn(): Promise<void> {
    while (this.#running >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running += 1
  }

  #keep(key: string, faults: readonly Fault[]): void {
    this.#verdicts.set(key, faults)
    if (this.#verdicts.size > mostVerdicts)
      for (const oldest of this.#verdicts.keys()) return void this.#verdicts.delete(oldest)
  }
}

/** Whether our Python reads the language that the job's will: any 3, or one of 3.7 up to our own. */
function canJudge({ minor }: Interpreter, executor: ExecutorOf<'python'>): boolean {
  const { version, name } = pythonWish(executor)
  if (version === null) {
    const named = /(?:^|[\\/])python3(?:\.(\d+))?(?:\.exe)?$/i.exec(name)
    return named !== null && (named[1] === undefined || isKnown(Number(named[1]), minor))
  }
  const [major, asked] = version
  return major === 3 && (asked === undefined || isKnown(asked, minor))
}

/** Since 3.7 what one version reads, every later one does. */
const isKnown = (asked: number, ours: number): boolean => asked >= 7 && asked <= ours

function faultsIn(said: string | null): readonly Fault[] {
  const [, line, reason] = /^(\d+)\n(.+)/.exec(said ?? '') ?? []
  if (line === undefined || reason === undefined) return []
  return [{ path: 'executor.code', message: `has a syntax error${line === '0' ? '' : ` in line ${line}`}: ${reason}` }]
}

/** Runs programs with an environment that holds no secret. */
export const programRunner =
  (environment: Readonly<Record<string, string>>): RunProgram =>
  (file, args, input, ms) =>
    new Promise((resolve) => {
      const options = {
        env: { ...environment },
        cwd: '/',
        timeout: Math.ceil(ms),
        killSignal: 'SIGKILL',
        windowsHide: true,
      } as const
      try {
        const child = execFile(file, [...args], options, (error, stdout) => resolve(error ? null : stdout))
        // A program that ends before it has read everything breaks the pipe.
        child.stdin?.on('error', () => {})
        child.stdin?.end(input)
      } catch {
        resolve(null)
      }
    })
