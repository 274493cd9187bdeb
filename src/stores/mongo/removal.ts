import type { Filter } from 'mongodb'
import { asked } from './gate.ts'
import { type Documents, readId, type Stored } from './stored.ts'

type Keys = Readonly<Record<string, 1 | -1>>

/**
 * Removes documents, at most `limit`; how many. They are found first and then removed by id, still held to the rules: what
 * was changed meanwhile stays.
 */
export async function removeSome(
  documents: Documents,
  rules: Filter<Stored>,
  limit: number,
  { sort, hint }: { readonly sort?: Keys; readonly hint?: Keys } = {},
): Promise<number> {
  if (limit <= 0) return 0
  const options = {
    projection: { _id: 1 },
    limit,
    ...(sort && { sort: { ...sort } }),
    ...(hint && { hint: { ...hint } }),
  }
  const found = await asked(() => documents.find(rules, options).toArray())
  if (found.length === 0) return 0
  const ids = found.map((document) => readId(document)._id)
  return (await asked(() => documents.deleteMany({ $and: [{ _id: { $in: ids } }, rules] }))).deletedCount
}
