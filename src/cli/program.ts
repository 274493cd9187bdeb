import { Command, CommanderError } from 'commander'
import { Refusal } from './refusal.ts'
import { ownVersion } from './version.ts'

/**
 * Runs the command that the arguments name.
 * @returns the exit code: 0 ok, 1 failed, 2 usage
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('hydra')
    .description('Runs jobs on one machine or a fleet, and never loses one.')
    .version(ownVersion(), '-v, --version')
    .exitOverride()
    .showSuggestionAfterError()
  let code = 0
  program
    .command('up')
    .description('start everything on this machine: scheduler, API, a worker, all in one data directory')
    .option('--no-worker', 'start no worker beside the scheduler')
    .action(async (options: { worker: boolean }) => {
      const { up } = await import('./up.ts')
      code = await up({ worker: options.worker })
    })
  program
    .command('scheduler')
    .description('start one scheduler of a fleet, on REDIS_URL and MONGO_URL')
    .option('--wait-for-stores', 'keep trying while Redis or MongoDB is away')
    .action(async (options: { waitForStores?: boolean }) => {
      const { scheduler } = await import('./scheduler.ts')
      code = await scheduler({ waits: options.waitForStores === true })
    })
  program
    .command('worker')
    .description('start a worker by itself, for schedulers elsewhere: over REDIS_URL, or over HTTP')
    .option('--server <url...>', 'where schedulers are; with several, the next is asked when one does not answer')
    .option('--token-file <file>', 'holds the token of the domain; otherwise WORKER_DOMAIN_TOKEN is it')
    .option('--wait-for-stores', 'keep trying while Redis is away')
    .action(async (options: { server?: string[]; tokenFile?: string; waitForStores?: boolean }) => {
      const { worker } = await import('./worker.ts')
      const { server: servers = [], tokenFile = null, waitForStores: waits = false } = options
      code = await worker({ servers, tokenFile, waits })
    })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof Refusal)) throw error
    process.stderr.write(`hydra: ${error.message}\n`)
    return 1
  }
}
