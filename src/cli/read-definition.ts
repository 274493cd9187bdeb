import { readFileSync } from 'node:fs'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { isFields } from '../model/document.ts'
import { exitCodes } from './exit-codes.ts'
import { fileFault } from './file-fault.ts'
import { Refusal } from './refusal.ts'

/** No definition is larger: the server's own limit. Bytes. */
const most = 1024 * 1024

/** The definition in a file of JSON or YAML; `-` is standard input. @throws Refusal for what cannot be read or is no object */
export const readDefinition = (file: string): Promise<Readonly<Record<string, unknown>>> => readObject(file, aJob)

/** What a file is to hold, in the words of a sentence. */
interface Held {
  readonly short: string
  readonly long: string
}

const aJob: Held = { short: 'a job', long: 'a job definition, which is an object with a name and an executor' }

/** As `readDefinition`, of another object. */
export async function readObject(file: string, held: Held): Promise<Readonly<Record<string, unknown>>> {
  const name = file === '-' ? 'Standard input' : file
  const source = await sourceIn(file, held)
  if (Buffer.byteLength(source) > most) throw new Refusal(`${name} is larger than 1 MiB.`, exitCodes.usage)
  return parseDefinition(source, name, held)
}

async function sourceIn(file: string, { short }: Held): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(
      `${fileFault(file, error)} Name one that holds ${short} in JSON or YAML, or - for standard input.`,
      exitCodes.usage,
    )
  }
}

/** JSON is YAML too, so one parser reads both. @throws Refusal with the line where it goes wrong */
export async function parseDefinition(
  source: string,
  name: string,
  { long }: Held = aJob,
): Promise<Readonly<Record<string, unknown>>> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(source, { prettyErrors: true })
  const [error] = document.errors
  if (error) {
    const why =
      error.code === 'MULTIPLE_DOCS' ? 'it holds several documents; one at a time is submitted' : error.message.trim()
    throw new Refusal(`${name} cannot be read: ${why}`, exitCodes.usage)
  }
  const value: unknown = document.toJS()
  if (isFields(value)) return value
  throw new Refusal(`${name} does not hold ${long}.`, exitCodes.usage)
}
