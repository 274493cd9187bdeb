import type { Command } from 'commander'
import type { HydraClient, Role, TokenAnswer, TokenDocument } from '../../client/index.ts'
import { tokenColumns } from '../columns.ts'
import { confirm } from '../confirm.ts'
import { exitCodes } from '../exit-codes.ts'
import { refuseUnknown } from '../groups.ts'
import { oneOf } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { findDomain } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { didYouMean } from '../suggest.ts'
import type { Column } from '../table.ts'
import { parseMoment, parseSpan, printable } from '../text.ts'

const roles = ['domain', 'read', 'worker'] as const satisfies readonly Role[]

interface Creating extends Asking {
  readonly role: Role
  readonly expires?: string
  readonly dryRun?: boolean
}

interface Deleting extends Asking {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

const answerColumns: readonly Column<TokenAnswer>[] = [
  { title: 'TOKEN ID', cell: ({ id }) => id },
  { title: 'TOKEN', cell: ({ token }) => token },
]

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra tokens list acme', 'those of a domain'],
    ['hydra tokens create acme board --role read --expires 30d', 'prints it, once'],
    ['hydra tokens delete acme board', 'ends it at once'],
  )
    .allowExcessArguments()
    .action((_choice: unknown, self: Command) => {
      refuseUnknown(self)
      self.help({ error: true })
    })
  const list = command.command('list').summary('those of a domain').argument('<domain>', 'its name')
  examples(list, ['hydra tokens list acme', ''])
  asking(list).action(async (domain: string, choice: Asking) => answer(await listed(domain, choice)))
  const create = command.command('create').summary('make one and print it, once')
  examples(
    create,
    ['hydra tokens create acme board --role read --expires 30d', 'for looking'],
    ['hydra tokens create acme ci --role domain', 'looks and changes'],
    ['hydra tokens create acme host-1 --role worker', 'for a worker'],
  )
    .argument('<domain>', 'its name')
    .argument('<name>', 'how the token is called, unique in its domain')
    .requiredOption('--role <role>', roles.join(', '), oneOf(roles))
    .option('--expires <when>', 'after a span such as 30d, or at a time')
    .option('--dry-run', 'say what would be made')
  asking(create).action(async (domain: string, name: string, choice: Creating) =>
    answer(await created(domain, name, choice)),
  )
  const remove = command.command('delete').summary('end one at once')
  examples(remove, ['hydra tokens delete acme board', 'asks first'])
    .argument('<domain>', 'its name')
    .argument('<token>', 'its name or id')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show which would end')
  asking(remove).action(async (domain: string, token: string, choice: Deleting) =>
    answer(await removed(domain, token, choice)),
  )
}

async function listed(domain: string, choice: Asking): Promise<number> {
  const { client, out } = openSession(choice)
  await findDomain(client, domain)
  await out.list(client.tokens.list(domain), tokenColumns)
  return exitCodes.ok
}

async function created(domain: string, name: string, { role, expires, dryRun, ...choice }: Creating): Promise<number> {
  const { client, out } = openSession(choice)
  const expires_at = expires === undefined ? null : expiry(expires)
  await findDomain(client, domain)
  if (dryRun) {
    const until = expires_at === null ? 'without an end' : `until ${expires_at}`
    const sentence = `A token ${printable(name)} of the role ${role} would be made for ${printable(domain)}, ${until}.`
    await out.outcome({ dry_run: true, domain, name, role, expires_at }, sentence)
    return exitCodes.ok
  }
  await out.one(await client.tokens.create(domain, { name, role, expires_at }), answerColumns)
  out.say('The token is shown this once: keep it in a file of mode 0600.')
  return exitCodes.ok
}

/** A span from now, or a time. */
function expiry(text: string): string {
  const span = parseSpan(text)
  const at = span === null ? parseMoment(text, Date.now()) : Date.now() + span * 1000
  if (at !== null && at <= 8.64e15) return new Date(at).toISOString()
  throw new Refusal(
    `--expires ${JSON.stringify(text)} is neither a span such as 30d nor a time such as 2027-12-31T23:59:59Z.`,
    exitCodes.usage,
  )
}

async function removed(domain: string, wanted: string, { yes, dryRun, ...choice }: Deleting): Promise<number> {
  const { client, out } = openSession(choice)
  const token = await find(client, domain, wanted)
  if (dryRun) {
    await out.list([token], tokenColumns)
    out.say('It would end at once.')
    return exitCodes.ok
  }
  await confirm(`End the token ${printable(token.name)} (${token.role}) of the domain ${token.domain} at once`, { yes })
  await out.outcome(await client.tokens.remove(domain, token.id), `Ended: ${printable(token.name)}.`)
  return exitCodes.ok
}

async function find(client: HydraClient, domain: string, wanted: string): Promise<TokenDocument> {
  await findDomain(client, domain)
  const all: TokenDocument[] = []
  for await (const token of client.tokens.list(domain)) all.push(token)
  const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted)
  if (found) return found
  const like = didYouMean(
    wanted,
    all.map(({ name }) => printable(name)),
  )
  throw new Refusal(
    `The domain ${domain} has no token ${JSON.stringify(wanted)}.${like} \`hydra tokens list ${domain}\` lists them.`,
    exitCodes.notFound,
  )
}
