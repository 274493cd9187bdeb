import type { Command } from 'commander'
import type { HydraClient } from '../client/index.ts'
import { findServer, type ServerChoice } from './find-server.ts'
import { Output, type OutputChoice } from './output.ts'

/** What every command that asks a server can be told. */
export type Asking = ServerChoice & OutputChoice

/** What such a command works with. */
export interface Session {
  readonly client: HydraClient
  readonly out: Output
}

export const openSession = (options: Asking): Session => ({ client: findServer(options), out: new Output(options) })

/** Completes a command's definition; `answer` takes the exit code. */
export type Define = (command: Command, answer: (code: number) => void) => void

/** Gives a command the options that every command has which asks a server. */
export const asking = (command: Command): Command =>
  command
    .optionsGroup('Where and how:')
    .option('--server <url>', 'the server; else API_BASE, else the one that runs here')
    .addOption(command.createOption('--api-base <url>').hideHelp())
    .option('--token-file <file>', 'holds the token; else API_TOKEN, else the one kept here')
    .option('--domain <name>', 'as an admin, act in this domain')
    .option('--json', 'print one JSON value')
    .option('--jsonl', 'print one JSON object a line')

/** The longest line of a help, in characters. */
const widest = 80

/** Shows what a command is called like, before everything else of its help. */
export function examples(command: Command, ...calls: readonly (readonly [call: string, what: string])[]): Command {
  // A call too long for its comment to stand beside it does not move those of the others.
  const fitting = calls.filter(([call, what]) => what !== '' && call.length + what.length + 6 <= widest)
  const width = Math.max(0, ...fitting.map(([call]) => call.length))
  const lines = calls.map(([call, what]) => `  ${call.padEnd(width)}  ${what === '' ? '' : `# ${what}`}`.trimEnd())
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`)
}
