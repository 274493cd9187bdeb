import { useQuery } from '@tanstack/react-query'
import type { HydraClient, OverviewDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'

type Asked = {
  readonly id: string
  readonly answer: (found: OverviewDocument | null) => void
  readonly fail: (error: unknown) => void
}

/** What is asked for within this becomes one request. ms */
const gathering = 20
/** Jobs that one request may name. */
const most = 100

/** Rows ask each for themselves, and share requests. */
class Marks {
  readonly #hydra: HydraClient
  #asked: Asked[] = []

  constructor(hydra: HydraClient) {
    this.#hydra = hydra
  }

  of(id: string): Promise<OverviewDocument | null> {
    return new Promise((answer, fail) => {
      if (this.#asked.length === 0) setTimeout(() => void this.#fetch(), gathering)
      this.#asked.push({ id, answer, fail })
    })
  }

  async #fetch(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    for (let at = 0; at < asked.length; at += most) await this.#answer(asked.slice(at, at + most))
  }

  async #answer(asked: readonly Asked[]): Promise<void> {
    try {
      const found = await Array.fromAsync(this.#hydra.jobs.overview({ job_id: asked.map(({ id }) => id), tail: 0 }))
      const byId = new Map(found.map((one) => [one.job_id, one]))
      for (const { id, answer } of asked) answer(byId.get(id) ?? null)
    } catch (error) {
      for (const { fail } of asked) fail(error)
    }
  }
}

const marks = new WeakMap<HydraClient, Marks>()

function marksOf(hydra: HydraClient): Marks {
  const known = marks.get(hydra) ?? new Marks(hydra)
  marks.set(hydra, known)
  return known
}

/** Totals and newest runs of a job; undefined until they are known. */
export function useJobMarks(id: string): OverviewDocument | null | undefined {
  const hydra = useHydra()
  return useQuery({ queryKey: ['marks', id], queryFn: () => marksOf(hydra).of(id) }).data
}

/** The zone of a job's schedule; null where it is gone, undefined until it is known. */
export function useJobZone(id: string): string | null | undefined {
  const hydra = useHydra()
  return useQuery({
    queryKey: ['job', id, 'zone'],
    queryFn: async () => (await marksOf(hydra).of(id))?.timezone ?? null,
    staleTime: 60_000,
  }).data
}

/** How a job is called; null where it is gone, undefined until it is known. */
export function useJobName(id: string): string | null | undefined {
  const hydra = useHydra()
  return useQuery({
    queryKey: ['job-name', id],
    queryFn: async () => (await marksOf(hydra).of(id))?.name ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  }).data
}
