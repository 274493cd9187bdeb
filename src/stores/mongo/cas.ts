import type { AnyBulkWriteOperation } from 'mongodb'
import { z } from 'zod'
import type { AuditEntry } from '../../model/audit.ts'
import { newMark } from '../../runtime/ids.ts'
import { duplicatesIn } from './answers.ts'
import { carry } from './audit-document.ts'
import { asked } from './gate.ts'
import { type BulkTold, Gathered } from './gathered.ts'
import { type Documents, type Fields, reader, type Stored } from './stored.ts'

/** A write of one document that holds only while the document is at `from`. */
export interface Step {
  readonly _id: string
  readonly from: number
  readonly to: number
  readonly set: Fields
  /** An entry of the audit that gets into the document with it. */
  readonly told?: AuditEntry | null
}

interface Marked extends Step {
  readonly mark: string
}

/** A document remembers the marks of so many of its latest writes. */
const remembered = 16
const placeOf = (rev: number): string => `marks.${rev % remembered}`

const readMarks = reader(
  'document',
  z.object({ _id: z.string(), rev: z.number(), marks: z.record(z.string(), z.string()).default({}) }),
)

/**
 * Compare-and-sets on `rev` of the documents of a collection. What is asked together is one unordered bulk; it says how many
 * won, not who. So each leaves a random mark, under its number, and where not all won they are read back by it: also when
 * an answer was lost, and when others have written the same documents since.
 */
export class CompareAndSet {
  readonly #documents: Documents
  readonly #gathered: Gathered<Marked, boolean>

  constructor(documents: Documents, told: BulkTold) {
    this.#documents = documents
    this.#gathered = new Gathered((steps) => this.#write(steps), told)
  }

  /** Whether each of them won. */
  apply(steps: readonly Step[]): Promise<readonly boolean[]> {
    return this.#gathered.add(steps.map((step) => ({ ...step, mark: newMark() })))
  }

  async #write(steps: readonly Marked[]): Promise<readonly boolean[]> {
    const operations = steps.map(({ _id, from, to, set, told = null, mark }): AnyBulkWriteOperation<Stored> => {
      const update = { $set: { ...set, rev: to, [placeOf(to)]: mark }, ...carry(told) }
      return { updateOne: { filter: { _id, rev: from }, update } }
    })
    const won = await asked(async (again) => {
      try {
        const { matchedCount } = await this.#documents.bulkWrite(operations, { ordered: false })
        return !again && matchedCount === steps.length
      } catch (error) {
        // A unique key that is another's: that one has not won, the others are looked at.
        if (duplicatesIn(error) !== null) return false
        throw error
      }
    })
    return won ? steps.map(() => true) : this.#readBack(steps)
  }

  async #readBack(steps: readonly Marked[]): Promise<readonly boolean[]> {
    const ids = [...new Set(steps.map(({ _id }) => _id))]
    const found = await asked(() =>
      this.#documents.find({ _id: { $in: ids } }, { projection: { rev: 1, marks: 1 } }).toArray(),
    )
    const marks = new Map(found.map(readMarks).map((document) => [document._id, document.marks]))
    return steps.map(({ _id, to, mark }) => marks.get(_id)?.[to % remembered] === mark)
  }
}
