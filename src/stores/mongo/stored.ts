import type { Collection, Document } from 'mongodb'
import { z } from 'zod'

/** A document as it lies in a collection. What is read from one goes through a schema before anyone sees it. */
export interface Stored extends Document {
  readonly _id: string
}

export type Documents = Collection<Stored>

/** Fields of a document, without its id. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Makes the function that reads one kind of document.
 * @param kind what it is, for the sentence of the error
 */
export function reader<T>(kind: string, schema: z.ZodType<T>): (document: unknown) => T {
  return (document) => {
    const parsed = schema.safeParse(document)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const place = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
    throw new Error(`The store holds a ${kind} ${idOf(document)} that cannot be read${place}.`)
  }
}

const idOf = (document: unknown): string =>
  typeof document === 'object' && document !== null && '_id' in document ? String(document._id) : ''

/** Just the id, of a read that projects to it. */
export const readId = reader('document', z.object({ _id: z.string() }))

/** A text as a pattern that matches it and nothing else. */
export const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Not after any text that begins with this one, and after all that do. No character comes after this last one. */
export const beginningWith = (text: string): { readonly $gte: string; readonly $lt: string } => ({
  $gte: text,
  $lt: `${text}\u{10ffff}`,
})
