import { isDuplicate } from './answers.ts'
import { asked } from './gate.ts'
import type { Documents, Fields } from './stored.ts'

/** The store's own notes, one document each. */
export class Meta {
  readonly #documents: Documents

  constructor(documents: Documents) {
    this.#documents = documents
  }

  get(name: string): Promise<unknown> {
    return asked(() => this.#documents.findOne({ _id: name }))
  }

  set(name: string, fields: Fields): Promise<void> {
    return this.#upsert(name, { $set: fields })
  }

  /** Raises numbers to these; one that is higher stays. */
  raise(name: string, fields: Readonly<Record<string, number>>): Promise<void> {
    return this.#upsert(name, { $max: fields })
  }

  async #upsert(name: string, update: Readonly<Record<string, Fields>>): Promise<void> {
    await asked(async () => {
      try {
        await this.#documents.updateOne({ _id: name }, update, { upsert: true })
      } catch (error) {
        // Of two that find it missing, one is too late; the document is there now.
        if (!isDuplicate(error)) throw error
        await this.#documents.updateOne({ _id: name }, update)
      }
    })
  }
}
