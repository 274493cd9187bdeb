import type { Draft } from '../builder/draft.ts'

/** What a crontab holds: jobs, and lines that become none, with the reason. */
export interface Crontab {
  readonly jobs: readonly Draft[]
  readonly leftOut: readonly string[]
}

/** crontab(5). */
const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const assignment = /^\s*([A-Za-z_]\w*)\s*=\s*(.*)$/
const entry = /^\s*(@\w+|(?:\S+\s+){4}\S+)\s+(.+)$/
const field = '[0-9A-Za-z*,/?#-]+'
const cronLine = new RegExp(`^(?:@\\w+|${field}(?:\\s+${field}){4})\\s+\\S`)

/** Whether a text looks like a crontab: its first line that is no comment and no variable is an entry. */
export function isCrontab(text: string): boolean {
  const [first] = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#') && !assignment.test(line))
  return first !== undefined && cronLine.test(first.trim())
}

/** What `crontab -e` begins with says what the columns are, and names no job. */
const columnHeads = /^(?:m|min|minute)\s+(?:h|hour)\s/i

/**
 * The jobs of a crontab. A comment just above a line names it; variables hold for the lines below them.
 * @param zone of its times; CRON_TZ wins @param hasUser a user stands before each command, as in /etc/crontab
 */
export function readCrontab(
  text: string,
  { zone, hasUser }: { readonly zone: string; readonly hasUser: boolean },
): Crontab {
  const jobs: Draft[] = []
  const leftOut: string[] = []
  let env: Record<string, string> = {}
  let comment: string | null = null
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (trimmed.startsWith('#')) {
      const said = trimmed.replace(/^#+\s*/, '')
      comment = said === '' || columnHeads.test(said) ? null : said
      continue
    }
    const [, name, value] = assignment.exec(line) ?? []
    if (name !== undefined && !cronLine.test(trimmed)) env = { ...env, [name]: unquoted(value ?? '') }
    else if (trimmed !== '') {
      const job = jobOf(line, { zone, hasUser, env, comment })
      if (typeof job === 'string') leftOut.push(`${trimmed.slice(0, 80)}: ${job}`)
      else jobs.push(job)
    }
    comment = null
  }
  return { jobs, leftOut }
}

const unquoted = (value: string): string => value.trim().replace(/^(["'])(.*)\1$/, '$2')

/** A job, or why a line is none. */
function jobOf(
  line: string,
  about: {
    readonly zone: string
    readonly hasUser: boolean
    readonly env: Readonly<Record<string, string>>
    readonly comment: string | null
  },
): Draft | string {
  const [, when, rest] = entry.exec(line) ?? []
  if (when === undefined || rest === undefined) return 'it is no entry'
  const cron = when.startsWith('@') ? nicknames[when.toLowerCase()] : when.replace(/\s+/g, ' ')
  if (cron === undefined) return `${when} has no time that a schedule could have`
  const [, user, after] = (about.hasUser ? /^(\S+)\s+(.+)$/.exec(rest) : null) ?? []
  const [command = '', ...input] = (after ?? rest).split(/(?<!\\)%/)
  if (input.length > 0) return 'it feeds its command by %, and jobs here have no input'
  const script = command.replaceAll('\\%', '%').trim()
  const { SHELL, CRON_TZ, TZ, MAILTO, ...env } = about.env
  return {
    name: (about.comment ?? script).slice(0, 120),
    ...(user === undefined ? {} : { user }),
    executor: {
      type: 'shell',
      script,
      ...(SHELL ? { shell: SHELL } : {}),
      ...(Object.keys(env).length > 0 ? { env } : {}),
    },
    schedule: { mode: 'cron', cron, timezone: CRON_TZ || TZ || about.zone },
  }
}
