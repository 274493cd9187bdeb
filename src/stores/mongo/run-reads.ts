import type { Filter } from 'mongodb'
import { z } from 'zod'
import { listedTail } from '../../model/log.ts'
import type { Run, RunOutput } from '../../model/run.ts'
import { noOutput } from '../../model/run.ts'
import type { StoredRun } from '../../ports/store.ts'
import { ById } from './by-id.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import {
  attemptPage,
  endOf,
  type FoundRun,
  noRuns,
  readAttempts,
  readRunDocument,
  withoutOutput,
} from './run-document.ts'
import { reader, type Stored } from './stored.ts'

/** How runs are looked for: in what order, how many, by which index. */
export interface Look {
  readonly sort?: Readonly<Record<string, 1 | -1>>
  readonly limit?: number
  readonly hint?: Readonly<Record<string, 1 | -1>>
}

const readHead: (document: unknown) => RunOutput & { readonly _id: string } = reader(
  'kept output',
  z.object({ _id: z.string(), stdout: z.string(), stderr: z.string() }),
)

/** A page of a run's attempts that lies apart. */
export const pageId = (runId: string, page: number): string => `${runId}:${page}`

/** Reads runs, and puts together what lies in several documents. */
export class RunReads {
  readonly #in: Pick<Collections, 'runs' | 'attempts' | 'outputs'>
  readonly #byId: ById

  constructor(collections: Pick<Collections, 'runs' | 'attempts' | 'outputs'>) {
    this.#in = collections
    this.#byId = new ById(collections.runs, withoutOutput)
  }

  /** Without their output. */
  async find(filter: Filter<Stored>, look: Look = {}): Promise<readonly Run[]> {
    const found = await this.#documents(filter, look, withoutOutput)
    return found.map(({ run }) => run)
  }

  /** With the last `tail` characters of each stream. */
  async findWithOutput(filter: Filter<Stored>, look: Look, tail: number): Promise<readonly FoundRun[]> {
    const found = await this.#documents(filter, look, tail > 0 ? {} : withoutOutput)
    const heads = tail > listedTail ? await this.#heads(found) : new Map<string, RunOutput>()
    return found.map((one) => {
      const { stdout, stderr } = whole(one, heads)
      return { ...one, output: { stdout: endOf(stdout, tail), stderr: endOf(stderr, tail) } }
    })
  }

  /** In the order of the ids; what is not there is left out, and what is only proposed: whoever got it could let it begin. */
  async byIds(ids: readonly string[]): Promise<readonly Run[]> {
    const found = await this.#byId.find(ids)
    const there = found.filter((document) => document !== null && !noRuns.includes(String(document.stage)))
    const runs = await this.#complete(there.map(readRunDocument))
    return runs.map(({ run }) => run)
  }

  /** A run with all that is kept of its output. */
  async withOutput(id: string): Promise<StoredRun | null> {
    const [stored] = await this.findWithOutput({ _id: id, stage: { $nin: noRuns } }, {}, Number.MAX_SAFE_INTEGER)
    return stored === undefined ? null : { run: stored.run, output: stored.output }
  }

  async #documents(
    filter: Filter<Stored>,
    { sort, limit, hint }: Look,
    projection: Readonly<Record<string, 0>>,
  ): Promise<readonly FoundRun[]> {
    if (limit === 0) return []
    const options = {
      projection,
      ...(sort && { sort: { ...sort } }),
      ...(limit && { limit }),
      ...(hint && { hint: { ...hint } }),
    }
    const documents = await asked(() => this.#in.runs.find(filter, options).toArray())
    return this.#complete(documents.map(readRunDocument))
  }

  /** Puts the attempts that lie apart before those in the run. */
  async #complete(found: readonly FoundRun[]): Promise<readonly FoundRun[]> {
    const ids = found.flatMap(({ run, attemptsApart }) =>
      Array.from({ length: attemptsApart / attemptPage }, (_, page) => pageId(run._id, page)),
    )
    if (ids.length === 0) return found
    const pages = await asked(() => this.#in.attempts.find({ _id: { $in: ids } }).toArray())
    const byId = new Map(pages.map((page) => [page._id, readAttempts(page).attempts]))
    return found.map((one) => {
      const { run, attemptsApart } = one
      if (attemptsApart === 0) return one
      const apart = Array.from(
        { length: attemptsApart / attemptPage },
        (_, page) => byId.get(pageId(run._id, page)) ?? [],
      )
      return { ...one, run: { ...run, attempts: [...apart.flat(), ...run.attempts] } }
    })
  }

  async #heads(found: readonly FoundRun[]): Promise<ReadonlyMap<string, RunOutput>> {
    const ids = found.flatMap(({ head }) => head ?? [])
    if (ids.length === 0) return new Map()
    const heads = await asked(() => this.#in.outputs.find({ _id: { $in: ids } }).toArray())
    return new Map(heads.map(readHead).map((head) => [head._id, head]))
  }
}

function whole({ output, head }: FoundRun, heads: ReadonlyMap<string, RunOutput>): RunOutput {
  const before = head === null ? noOutput : (heads.get(head) ?? noOutput)
  return { stdout: before.stdout + output.stdout, stderr: before.stderr + output.stderr }
}
