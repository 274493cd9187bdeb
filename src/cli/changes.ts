import { type Command, InvalidArgumentError } from 'commander'
import type { JobDocument } from '../client/index.ts'
import { type Fields, isFields } from '../model/document.ts'
import { changeableFields } from '../model/run-changes.ts'
import { exitCodes } from './exit-codes.ts'
import { readObject } from './read-definition.ts'
import { Refusal } from './refusal.ts'
import { didYouMean } from './suggest.ts'
import { printable } from './text.ts'

/** What the file of changes holds, in sentences. */
const theChanges = { short: 'the changes', long: 'changes of a job, which are an object with some of its fields' }

/** What a run alone is to have otherwise than its job, as it is typed. */
export interface ChangesChoice {
  readonly set?: readonly Fields[]
  readonly env?: readonly Fields[]
  readonly arg?: readonly string[]
  /** A file; false: nothing that an earlier run had otherwise. */
  readonly changes?: string | false
}

/** Gives a command the options that say what one run alone is to have otherwise. */
export const changing = (command: Command): Command =>
  command
    .optionsGroup('Otherwise than the job, for this run alone:')
    .option('--set <field=value>', 'timeout=600, executor.shell=sh; JSON or text', gathered(setting))
    .option('--env <name=value>', 'a variable', gathered(variable))
    .option('--arg <text>', "an argument, in place of the job's own", gathered(String))
    .option('--changes <file>', 'all that differs, in JSON or YAML; - reads standard input')

const gathered =
  <T>(read: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, read(text)]

/** `executor.shell=sh` as a patch. @throws InvalidArgumentError */
export function setting(text: string): Fields {
  const [, path = '', value = ''] = /^([^=]+)=(.*)$/su.exec(text) ?? []
  const names = path.split('.')
  if (names.includes('')) throw new InvalidArgumentError('It must be a field, = and a value, such as timeout=600.')
  return patchAt(names, valueIn(value))
}

/** `NAME=value` as a patch. @throws InvalidArgumentError */
export function variable(text: string): Fields {
  const [, name, value = ''] = /^([^=]+)=(.*)$/su.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('It must be a name, = and a value, such as REGION=eu.')
  return patchAt(['executor', 'env', name], value)
}

/** `600`, `null`, `["a", "b"]` are what they are in JSON; all else is text. */
function valueIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const patchAt = (names: readonly string[], value: unknown): Fields =>
  names.reduceRight<Fields>((inner, name, at) => ({ [name]: at === names.length - 1 ? value : inner }), {})

/** One patch that does what two do, one after the other: what is taken away (null) stays so. Pure. */
export function bothPatches(first: Fields, second: Fields): Fields {
  const both = new Map(Object.entries(first))
  for (const [name, value] of Object.entries(second)) {
    const before = both.get(name)
    const isOtherKind = isFields(before) && isFields(value) && isOther(before.type, value.type)
    both.set(name, isFields(before) && isFields(value) && !isOtherKind ? bothPatches(before, value) : value)
  }
  return Object.fromEntries(both)
}

/** An executor of another type replaces the whole. */
const isOther = (before: unknown, after: unknown): boolean =>
  typeof before === 'string' && typeof after === 'string' && before !== after

/**
 * What is asked for as one patch: the file first, then single fields, variables, arguments.
 * @param before what the run that is repeated had otherwise  @returns undefined: nothing was said of it
 * @throws Refusal for a field that the job does not have: the server would pass over it
 */
export async function readChanges(
  { set = [], env = [], arg, changes }: ChangesChoice,
  job: JobDocument,
  before: Fields | null = null,
): Promise<Fields | null | undefined> {
  const file = typeof changes === 'string' ? [await readObject(changes, theChanges)] : []
  const args = arg === undefined ? [] : [patchAt(['executor', 'args'], arg)]
  const asked = [...file, ...set, ...env, ...args]
  if (asked.length === 0) return changes === false ? null : undefined
  const kept = changes === false || before === null ? {} : before
  const patch = asked.reduce<Fields>(bothPatches, {})
  const [unknown] = unknownFields(patch, job)
  if (unknown === undefined) return bothPatches(kept, patch)
  const { path, known } = unknown
  throw new Refusal(
    `A job has no field ${JSON.stringify(printable(path))} that a run can have otherwise.${didYouMean(path, known)}`,
    exitCodes.usage,
  )
}

/** Fields of a patch that the job does not have, and those that may have been meant. Pure. */
export function unknownFields(patch: Fields, job: JobDocument): readonly Unknown[] {
  const { executor } = patch
  // What an executor of another type has is known to the server.
  const isForeign = isFields(executor) && isOther(job.executor.type, executor.type)
  const known = Object.entries(job).filter(
    ([name]) => changeable.has(name) || (Object.hasOwn(patch, name) && jobsOwn.has(name)),
  )
  const looked = Object.entries(patch).filter(([name]) => !jobsOwn.has(name) && !(isForeign && name === 'executor'))
  return unknownIn('', Object.fromEntries(looked), Object.fromEntries(known))
}

interface Unknown {
  readonly path: string
  readonly known: readonly string[]
}

const changeable: ReadonlySet<string> = new Set(changeableFields)
/** The server says why these cannot be changed for a run. */
const jobsOwn: ReadonlySet<string> = new Set(['name', 'key', 'schedule', 'keep_runs'])

function unknownIn(before: string, patch: Fields, has: Fields): readonly Unknown[] {
  const known = Object.keys(has).map((name) => before + name)
  return Object.entries(patch).flatMap(([name, value]) => {
    const path = before + name
    if (!Object.hasOwn(has, name)) return [{ path, known: [...known, ...insideExecutor(has.executor)] }]
    const inner = has[name]
    // Variables have any name.
    return isFields(value) && isFields(inner) && path !== 'executor.env' ? unknownIn(`${path}.`, value, inner) : []
  })
}

/** Who types `script` may mean the executor's. */
const insideExecutor = (executor: unknown): readonly string[] =>
  isFields(executor) ? Object.keys(executor).map((name) => `executor.${name}`) : []
