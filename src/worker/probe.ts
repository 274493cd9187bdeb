import { execFile } from 'node:child_process'
import type { Millis } from '../model/time.ts'

/** Runs a program; what it said in its first line, or null where it is not there, fails or takes too long. */
export type Probe = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Promise<string | null>

/** The version in what a program said of itself: `Python 3.11.7` → `3.11.7`. */
export const versionIn = (said: string | null): string | null => said?.match(/\d+(?:\.\d+)+\S*/)?.[0] ?? null

/** A client whose engine is away may wait for ever; a Python on a cold disk needs a second. */
const patience: Millis = 3000

export const answers: Probe = (file, args, env) =>
  new Promise((resolve) => {
    const options = { env: { ...env }, timeout: patience, killSignal: 'SIGKILL', windowsHide: true } as const
    try {
      // Some versions say who they are on standard error.
      execFile(file, [...args], options, (error, stdout, stderr) =>
        resolve(error ? null : ((stdout.trim() || stderr.trim()).split('\n')[0] ?? '')),
      )
    } catch {
      resolve(null)
    }
  })
