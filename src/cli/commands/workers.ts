import type { Command } from 'commander'
import type { HydraClient, WorkerDocument, WorkerState } from '../../client/index.ts'
import { workerColumns } from '../columns.ts'
import { eachDone } from '../each.ts'
import { exitCodes } from '../exit-codes.ts'
import { refuseUnknown } from '../groups.ts'
import { type LimitChoice, limited, pageLength, printLimited } from '../limited.ts'
import { Refusal } from '../refusal.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { didYouMean } from '../suggest.ts'

interface StateChoice extends Asking {
  readonly dryRun?: boolean
}

/** What a worker can be told, and what then becomes of it. */
const states = [
  { name: 'drain', state: 'draining', what: 'take no new work; what runs goes on' },
  { name: 'disable', state: 'disabled', what: 'take no new work, until it is enabled again' },
  { name: 'enable', state: 'online', what: 'take work again' },
] as const satisfies readonly { name: string; state: WorkerState; what: string }[]

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra workers', 'all of them'],
    ['hydra workers drain host-1', 'before maintenance: it takes no new work'],
    ['hydra workers enable host-1', ''],
  )
  asking(limited(command, 200))
    .allowExcessArguments()
    .action(async (choice: Asking & LimitChoice, self: Command) => {
      refuseUnknown(self)
      answer(await list(choice))
    })
  for (const { name, state, what } of states) {
    const sub = command.command(name).summary(what).description(`Lets workers ${what}.`)
    examples(sub, [`hydra workers ${name} host-1 host-2`, ''])
      .argument('<worker...>', 'ids of workers')
      .option('--dry-run', 'say which would be told')
    asking(sub).action(async (ids: string[], choice: StateChoice) => answer(await tell(ids, state, choice)))
  }
}

async function list(choice: Asking & LimitChoice): Promise<number> {
  const { client, out } = openSession(choice)
  const workers = client.workers.list({ limit: pageLength(choice) })
  await printLimited(out, workers, workerColumns, choice, 'There is no worker.')
  return exitCodes.ok
}

async function tell(ids: readonly string[], state: WorkerState, choice: StateChoice): Promise<number> {
  const { client, out } = openSession(choice)
  const known = await all(client)
  for (const id of ids)
    if (!known.some(({ worker_id }) => worker_id === id))
      throw new Refusal(
        `There is no worker ${JSON.stringify(id)}.${didYouMean(
          id,
          known.map(({ worker_id }) => worker_id),
        )} \`hydra workers\` lists them.`,
        exitCodes.notFound,
      )
  if (choice.dryRun) {
    await out.list(
      known.filter(({ worker_id }) => ids.includes(worker_id)),
      workerColumns,
    )
    out.say(`${ids.length === 1 ? 'It' : 'These'} would be told: ${state}.`)
    return exitCodes.ok
  }
  const { code } = await eachDone(
    out,
    ids,
    (id) => id,
    (id) => client.workers.setState(id, state),
  )
  await out.list(
    (await all(client)).filter(({ worker_id }) => ids.includes(worker_id)),
    workerColumns,
  )
  return code
}

async function all(client: HydraClient): Promise<readonly WorkerDocument[]> {
  const found: WorkerDocument[] = []
  for await (const worker of client.workers.list({ limit: 1000 })) found.push(worker)
  return found
}
