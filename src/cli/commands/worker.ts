import { type Define, examples } from '../session.ts'

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra worker --server https://jobs.example.com --token-file token.txt', ''],
    ['REDIS_URL=redis://queue:6379/0 WORKER_DOMAIN_TOKEN=… hydra worker', ''],
  )
    .description('Starts a worker by itself, for schedulers elsewhere: over REDIS_URL, or over HTTP.')
    .option('--server <url...>', 'where schedulers are; with several, the next is asked when one does not answer')
    .option('--token-file <file>', 'holds the token of the domain; otherwise WORKER_DOMAIN_TOKEN is it')
    .option('--wait-for-stores', 'keep trying while Redis is away')
    .action(async (options: { server?: string[]; tokenFile?: string; waitForStores?: boolean }) => {
      const { worker } = await import('../worker.ts')
      const { server: servers = [], tokenFile = null, waitForStores: waits = false } = options
      answer(await worker({ servers, tokenFile, waits }))
    })
}
