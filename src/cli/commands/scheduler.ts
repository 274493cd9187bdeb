import { type Define, examples } from '../session.ts'

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra scheduler', 'on REDIS_URL and MONGO_URL'],
    ['hydra scheduler --wait-for-stores', 'where all start at once'],
  )
    .description('Starts one scheduler of a fleet, on REDIS_URL and MONGO_URL.')
    .option('--wait-for-stores', 'keep trying while Redis or MongoDB is away')
    .addHelpText('after', '\nSettings are environment variables: docs/settings.md lists them.')
    .action(async (options: { waitForStores?: boolean }) => {
      const { scheduler } = await import('../scheduler.ts')
      answer(await scheduler({ waits: options.waitForStores === true }))
    })
}
