import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { ownVersion } from './version.ts'

/**
 * Runs the command that the arguments name.
 * @returns the exit code, as docs/cli.md lists them
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0
  // Whoever reads has enough (`| head`): of a list or of a help that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    const program = await programFor(args, (answer) => (code = answer))
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    // Its words are printed already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { explain } = await import('./explain-error.ts')
    return explain(error)
  }
}

/** All commands by name, and the definition of the one that is called: to define all would cost more than most take. */
export async function programFor(args: readonly string[], answer: (code: number) => void): Promise<Command> {
  const program = new Command('hydra')
    .description('Runs jobs on one machine or a fleet, and never loses one.')
    .version(ownVersion(), '-v, --version')
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see how it is called.')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hydra: ')) })
    .addHelpText('before', start)
  // The program itself has no option with a value, so the first word is the command; `help` comes before one.
  const [first, second] = args.filter((word) => !word.startsWith('-'))
  const called = first === 'help' ? second : first
  if (called !== undefined && asksForHelp(args)) await refuseUnknown(called)
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary).description(sentence(summary))
    if (name === called) (await load()).define(command, answer)
  }
  return program
}

const asksForHelp = (args: readonly string[]): boolean =>
  args[0] === 'help' || args.some((word) => word === '--help' || word === '-h')

/** The library answers a wish for help on what is not there with the help on everything. @throws Refusal */
async function refuseUnknown(called: string): Promise<void> {
  const known = ['help', ...commands.map(({ name }) => name)]
  if (known.includes(called)) return
  const { didYouMean } = await import('./suggest.ts')
  throw new Refusal(
    `There is no command ${JSON.stringify(called)}.${didYouMean(called, known)} \`hydra --help\` shows all.`,
    exitCodes.usage,
  )
}

const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`

const start = `Examples:
  hydra up                           # start everything here
  hydra submit nightly.yaml          # in another terminal: store a job
  hydra run nightly                  # run it now, and follow it
  hydra logs nightly -f              # what it says
  hydra runs --status failed         # what went wrong
`
