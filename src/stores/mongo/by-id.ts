import { asked } from './gate.ts'
import { Gathered } from './gathered.ts'
import type { Documents, Stored } from './stored.ts'

/** Reads documents by their ids: what is asked for together is one query. */
export class ById {
  readonly #gathered: Gathered<string, Stored | null>

  /** @param projection what is left out or taken of each */
  constructor(documents: Documents, projection: Readonly<Record<string, 0 | 1>> = {}) {
    this.#gathered = new Gathered(async (ids) => {
      const found = await asked(() => documents.find({ _id: { $in: [...new Set(ids)] } }, { projection }).toArray())
      const byId = new Map(found.map((document) => [document._id, document]))
      return ids.map((id) => byId.get(id) ?? null)
    })
  }

  /** In the order of the ids; null for what is not there. */
  find(ids: readonly string[]): Promise<readonly (Stored | null)[]> {
    return this.#gathered.add(ids)
  }

  async get(id: string): Promise<Stored | null> {
    const [found = null] = await this.#gathered.add([id])
    return found
  }
}
