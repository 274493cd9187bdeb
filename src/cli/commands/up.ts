import { type Define, examples } from '../session.ts'

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra up', 'http://127.0.0.1:8000'],
    ['PORT=9000 HYDRA_DATA_DIR=/srv/hydra hydra up', ''],
    ['hydra up --no-worker', 'for workers elsewhere alone'],
  )
    .description('Starts everything on this machine: scheduler, API, a worker, all in one data directory.')
    .option('--no-worker', 'start no worker beside the scheduler')
    .addHelpText('after', '\nSettings are environment variables: docs/settings.md lists them.')
    .action(async (options: { worker: boolean }) => {
      const { up } = await import('../up.ts')
      answer(await up({ worker: options.worker }))
    })
}
