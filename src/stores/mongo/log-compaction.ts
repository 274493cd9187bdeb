import { failPoint } from '../../runtime/fail-points.ts'
import type { Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import { attemptPrefix, blockDocument, numbersIn } from './log-document.ts'
import { beginningWith, type Documents, type Stored } from './stored.ts'

/** Bytes of chunks in one block, before they are compressed: with what tells them apart it stays below 1 MiB. */
const blockSize = 768 * 1024
/** Chunks in one block, each told apart in some 150 bytes. */
const blockPieces = 1000
const atOnce = 100

/**
 * Makes the chunks of runs that ended into blocks, compressed, one attempt after the other and while nobody waits. The block is
 * inserted before its chunks are removed, so a crash leaves a log that reads the same; what it left out stays as it is.
 */
export class LogCompaction {
  readonly #chunks: Documents
  readonly #blocks: Inserts
  readonly #background: Parts['background']
  #queue: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#chunks = parts.in.chunks
    this.#blocks = new Inserts(parts.in.chunks, parts.told('chunks'))
    this.#background = parts.background
  }

  /** When what was asked for before is done. */
  later(runId: string, attempt: number): void {
    this.#background(() => {
      const work = this.#queue.then(() => this.#compact(runId, attempt))
      // What fails leaves chunks, which are read as well.
      this.#queue = work.catch(() => {})
      return work
    })
  }

  async #compact(runId: string, attempt: number): Promise<void> {
    const end = beginningWith(attemptPrefix(runId, attempt)).$lt
    let group = new Group()
    for (let after = attemptPrefix(runId, attempt); ; ) {
      const page = await this.#page(after, end)
      for (const document of page) {
        if (group.take(document)) continue
        await this.#replace(group.documents)
        group = new Group()
        group.take(document)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < atOnce) break
      after = last._id
    }
    await this.#replace(group.documents)
  }

  async #replace(documents: readonly Stored[]): Promise<void> {
    if (documents.length < 2) return
    await this.#blocks.add([await blockDocument(documents)])
    failPoint('mongo.block-inserted')
    const ids = documents.map(({ _id }) => _id)
    await asked(() => this.#chunks.deleteMany({ _id: { $in: ids } }))
  }

  #page(after: string, end: string): Promise<readonly Stored[]> {
    const options = { sort: { _id: 1 }, limit: atOnce } as const
    return asked(() => this.#chunks.find({ _id: { $gt: after, $lt: end } }, options).toArray())
  }
}

/** Chunks that follow each other without a gap, as many as there is room for. */
class Group {
  readonly documents: Stored[] = []
  #bytes = 0
  #last = 0

  /** false: it does not belong to these. */
  take(document: Stored): boolean {
    const [chunk, second] = numbersIn(document)
    // A block stays one.
    if (chunk === undefined || second !== undefined) return false
    const isNext = this.documents.length === 0 || chunk.seq === this.#last + 1
    const hasRoom = this.documents.length < blockPieces && this.#bytes + chunk.size <= blockSize
    if (!isNext || (!hasRoom && this.documents.length > 0)) return false
    this.documents.push(document)
    this.#bytes += chunk.size
    this.#last = chunk.seq
    return true
  }
}
