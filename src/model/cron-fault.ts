import { CronPlan } from './cron-plan.ts'

/** What a field of a cron line may hold. */
interface Field {
  readonly name: string
  /** In words, besides stars, lists, ranges and steps. */
  readonly allowed: string
  /** The values from the first to the last, as numbers and by name. */
  readonly numbers: readonly [first: number, last: number]
  readonly names?: readonly [first: string, last: string]
  /** The longest step. */
  readonly steps: number
}

const second: Field = { name: 'second', allowed: '0-59', numbers: [0, 59], steps: 60 }

const fields: readonly Field[] = [
  { ...second, name: 'minute' },
  { name: 'hour', allowed: '0-23', numbers: [0, 23], steps: 24 },
  { name: 'day of month', allowed: '1-31, L, LW, 15W', numbers: [1, 31], steps: 31 },
  { name: 'month', allowed: '1-12, JAN-DEC', numbers: [1, 12], names: ['JAN', 'DEC'], steps: 12 },
  { name: 'day of week', allowed: '0-7, SUN-SAT, FRI#2, 5L', numbers: [0, 6], names: ['SUN', 'SAT'], steps: 7 },
]

/** What stands for a whole line. */
const nicknames = '@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually'

/**
 * Why a line that its parser refuses is none: the first field and entry of it that is wrong, what was typed there, and what
 * is allowed. The parser's own sentences name its settings, or values that were not typed. Pure.
 */
export function faultInLine(line: string): string {
  const text = line.trim()
  if (text.startsWith('@')) return `${quoted(text)} is none of ${nicknames}`
  const parts = text === '' ? [] : text.split(/\s+/)
  if (parts.length !== 5 && parts.length !== 6) return wrongCount(parts.length)
  const all = parts.length === 6 ? [second, ...fields] : fields
  for (const [at, field] of all.entries()) {
    const alone = (part: string): boolean => isLine(all.map((_, other) => (other === at ? part : '*')).join(' '))
    const part = parts[at] ?? ''
    if (!alone(part)) return `${field.name} ${quoted(part)}${faultInField(part, field, alone)}`
  }
  return `${quoted(text)} cannot be read as one`
}

function wrongCount(count: number): string {
  const years = count === 7 ? ', and none is for years' : ''
  const names = fields.map(({ name }) => name).join(', ')
  return `it has ${count} ${count === 1 ? 'field' : 'fields'}; it must have 5 (${names}), or 6 with seconds first${years}`
}

/** @param alone whether something is a valid field of this kind */
function faultInField(part: string, field: Field, alone: (part: string) => boolean): string {
  const entries = part.split(',')
  if (entries.includes('')) return ' has an empty entry'
  const entry = entries.find((one) => !alone(one))
  // Each for itself is fine.
  if (entry === undefined) return ': LW must stand alone'
  const of = entries.length === 1 ? '' : `: ${quoted(entry)}`
  return of + faultInEntry(entry, field, alone)
}

function faultInEntry(entry: string, field: Field, alone: (part: string) => boolean): string {
  const [base = '', step, ...more] = entry.split('/')
  const nth = /#(.*)$/.exec(entry)
  if (more.length === 0 && step !== undefined && (base === '*' || (base.includes('-') && alone(base))))
    return `: the step must be from 1 to ${field.steps}`
  if (more.length === 0 && step !== undefined && /^\w+$/.test(base) && alone(base))
    return ': a step must follow * or a range, as in */2 or 2-5/2'
  if (field.name === 'day of week' && nth !== null && alone(entry.slice(0, nth.index)))
    return ': after # must come 1 to 5, or L for the last'
  const [from = '', to = '', ...others] = base.split('-')
  if (others.length === 0 && isValue(from) && isValue(to) && alone(from) && alone(to)) return goesBack(from, to, field)
  return ` must be ${field.allowed}, *, or a list, range or step of these`
}

/** A number or a name; L, W and # make more of it. */
const isValue = (text: string): boolean => /^(\d+|[a-z]{3})$/i.test(text)

function goesBack(from: string, to: string, { numbers, names }: Field): string {
  const [first, last] = names !== undefined && /[a-z]/i.test(from + to) ? names : numbers
  return `: a range must not go back; write ${from}-${last},${first}-${to}`
}

/** Whether the parser takes a line. */
function isLine(line: string): boolean {
  try {
    new CronPlan(line)
    return true
  } catch {
    return false
  }
}

/** Longer ones are cut. In characters. */
const longest = 40

const quoted = (text: string): string => JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text)
