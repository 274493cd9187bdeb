import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'

/** The URL of a source beside this file, for an `import` in a child's script. */
export const sourceUrl = (name: string): string => new URL(name, import.meta.url).href

/** Starts a Node of its own with a script (an ES module), its environment laid over this one's. */
export function startNode(script: string, { env = {}, ...options }: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    ...options,
  })
}

/** Resolves with what the child has written, as soon as that contains a text; rejects when it ends before. */
export function written(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (more) => {
      output += more
      if (output.includes(text)) resolve(output)
    })
    child.on('exit', (code, signal) => reject(new Error(`The child ended with ${signal ?? code} after "${output}".`)))
  })
}

/** Resolves with how the child ended: its exit code, or the signal. */
export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.signalCode ?? child.exitCode ?? -1
}
