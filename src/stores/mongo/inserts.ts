import { z } from 'zod'
import { newMark } from '../../runtime/ids.ts'
import { duplicatesIn } from './answers.ts'
import { asked } from './gate.ts'
import { type BulkTold, Gathered } from './gathered.ts'
import { type Documents, reader, type Stored } from './stored.ts'

const readMark = reader('document', z.object({ _id: z.string(), born: z.string().nullish() }))

/**
 * Inserts; one whose id or another unique key is there is passed over. What is asked together is one unordered bulk. Each
 * document is born with a random mark: after a lost answer it tells whether the one that is there is this one.
 */
export class Inserts {
  readonly #documents: Documents
  readonly #gathered: Gathered<Stored, boolean>

  constructor(documents: Documents, told: BulkTold) {
    this.#documents = documents
    this.#gathered = new Gathered((items) => this.#write(items), told)
  }

  /** Whether each of them was inserted. */
  add(documents: readonly Stored[]): Promise<readonly boolean[]> {
    return this.#gathered.add(documents.map((document) => ({ ...document, born: newMark() })))
  }

  #write(items: readonly Stored[]): Promise<readonly boolean[]> {
    return asked(async (again) => {
      let failed: ReadonlySet<number> = new Set()
      try {
        await this.#documents.insertMany([...items], { ordered: false })
      } catch (error) {
        const duplicates = duplicatesIn(error)
        if (duplicates === null) throw error
        failed = new Set(duplicates)
      }
      if (!again || failed.size === 0) return items.map((_, at) => !failed.has(at))
      return this.#readBack(items, failed)
    })
  }

  async #readBack(items: readonly Stored[], failed: ReadonlySet<number>): Promise<readonly boolean[]> {
    const ids = items.filter((_, at) => failed.has(at)).map(({ _id }) => _id)
    const found = await this.#documents.find({ _id: { $in: ids } }, { projection: { born: 1 } }).toArray()
    const born = new Map(found.map(readMark).map((one) => [one._id, one.born]))
    return items.map(({ _id, born: mark }, at) => !failed.has(at) || born.get(_id) === mark)
  }
}
