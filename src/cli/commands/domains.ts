import type { Command } from 'commander'
import type { DomainAnswer, DomainDocument, DomainInput } from '../../client/index.ts'
import { domainColumns } from '../columns.ts'
import { confirm } from '../confirm.ts'
import { exitCodes } from '../exit-codes.ts'
import { refuseUnknown } from '../groups.ts'
import { seconds } from '../options.ts'
import type { Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { findDomain } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import type { Column } from '../table.ts'
import { tokenIn } from '../token-file.ts'

interface Acting extends Asking {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly grace?: number
}

interface Setting extends Acting {
  readonly displayName?: string
  readonly description?: string
  readonly newTokenFile?: string
}

const answerColumns: readonly Column<DomainAnswer>[] = [
  { title: 'DOMAIN', cell: ({ domain }) => domain },
  { title: 'TOKEN', cell: ({ token }) => token },
]

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra domains', 'all of them'],
    ['hydra domains create acme', 'prints its token, once'],
    ['hydra domains set acme --display-name "Acme Ltd"', ''],
    ['hydra domains rotate acme --grace 1h', 'a new token; the old one works on'],
    ['hydra domains delete acme', ''],
  )
  asking(command)
    .allowExcessArguments()
    .action(async (choice: Asking, self: Command) => {
      refuseUnknown(self)
      answer(await list(choice))
    })
  const all = command.command('list').summary('all of them').description('Lists the domains.')
  examples(all, ['hydra domains list --json', 'for a program'])
  asking(all).action(async (choice: Asking) => answer(await list(choice)))
  defineSetting(command, answer)
  const rotate = named(command, 'rotate', 'a new token in place of its default one')
  examples(rotate, ['hydra domains rotate acme --grace 1h', 'prints the new token, once'])
  acting(withGrace(rotate)).action(async (name: string, choice: Acting) => answer(await rotated(name, choice)))
  const remove = named(command, 'delete', 'with its jobs and runs; not while it has runs that are not over')
  examples(remove, ['hydra domains delete acme', 'asks first'], ['hydra domains delete acme --yes', 'in a script'])
  acting(remove).action(async (name: string, choice: Acting) => answer(await removed(name, choice)))
}

function defineSetting(command: Command, answer: (code: number) => void): void {
  const create = named(command, 'create', 'and print its token, once')
  examples(create, ['hydra domains create acme --display-name "Acme Ltd"', ''])
  acting(described(create)).action(async (name: string, choice: Setting) => answer(await created(name, choice)))
  const set = named(command, 'set', 'what is given changes, the rest stays')
  examples(
    set,
    ['hydra domains set acme --description "of two people"', ''],
    ['hydra domains set acme --new-token-file token.txt --grace 10m', ''],
  )
  acting(withGrace(described(set))).action(async (name: string, choice: Setting) => answer(await changed(name, choice)))
}

const named = (command: Command, name: string, what: string): Command =>
  command.command(name).summary(what).argument('<domain>', 'its name')

const described = (command: Command): Command =>
  command
    .option('--display-name <text>', 'how people call it')
    .option('--description <text>', 'what it is for')
    .option('--new-token-file <file>', 'holds the token that it shall have; one is made unless given')

const withGrace = (command: Command): Command =>
  command.option('--grace <span>', 'how long the old token works beside the new one: 10m, 1h', seconds)

const acting = (command: Command): Command =>
  asking(command.option('-y, --yes', 'do not ask').option('--dry-run', 'say what would be done'))

async function list(choice: Asking): Promise<number> {
  const { client, out } = openSession(choice)
  await out.list(await client.domains.list(), domainColumns)
  return exitCodes.ok
}

async function created(name: string, choice: Setting): Promise<number> {
  const { client, out } = openSession(choice)
  const input = inputOf(choice)
  if (choice.dryRun) {
    if ((await client.domains.list()).some(({ domain }) => domain === name))
      throw new Refusal(`There is a domain ${JSON.stringify(name)} already.`, exitCodes.conflict)
    return wouldBe(out, name, `The domain ${name} would be made.`)
  }
  return shown(out, await client.domains.create(name, input))
}

async function changed(name: string, choice: Setting): Promise<number> {
  const { client, out } = openSession(choice)
  const input = inputOf(choice)
  const names = Object.keys(input)
  if (names.length === 0) throw new Refusal('Name what is to change, such as --display-name.', exitCodes.usage)
  const domain = await findDomain(client, name)
  if (choice.dryRun) return wouldBe(out, name, `Of the domain ${name} would change: ${names.join(', ')}.`)
  if (input.token !== undefined && !choice.grace) await confirm(endOfToken(domain), choice)
  return shown(out, await client.domains.change(name, input, choice.grace))
}

async function rotated(name: string, choice: Acting): Promise<number> {
  const { client, out } = openSession(choice)
  const domain = await findDomain(client, name)
  if (choice.dryRun) return wouldBe(out, name, `The token of ${name} would be replaced.`)
  if (!choice.grace) await confirm(endOfToken(domain), choice)
  return shown(out, await client.domains.rotate(name, choice.grace))
}

async function removed(name: string, choice: Acting): Promise<number> {
  const { client, out } = openSession(choice)
  const { domain, jobs_count, runs_count } = await findDomain(client, name)
  const what = `the domain ${domain} with ${jobs_count} jobs and ${runs_count} runs`
  if (choice.dryRun) return wouldBe(out, name, `This would be deleted: ${what}.`)
  await confirm(`Delete ${what}`, choice)
  await out.outcome(await client.domains.remove(name), `Deleted: ${what}.`)
  return exitCodes.ok
}

const endOfToken = ({ domain, workers_count }: DomainDocument): string =>
  `End the token of the domain ${domain} at once, which ${workers_count} workers may be using (--grace lets it work on for a while)`

const inputOf = ({ displayName, description, newTokenFile }: Setting): DomainInput => ({
  ...(displayName !== undefined && { display_name: displayName }),
  ...(description !== undefined && { description }),
  ...(newTokenFile !== undefined && { token: tokenIn(newTokenFile) }),
})

async function wouldBe(out: Output, domain: string, sentence: string): Promise<number> {
  await out.outcome({ dry_run: true, domain }, sentence)
  return exitCodes.ok
}

async function shown(out: Output, answer: DomainAnswer): Promise<number> {
  await out.one(answer, answerColumns)
  if (answer.token !== null) out.say('The token is shown this once: keep it in a file of mode 0600.')
  return exitCodes.ok
}
