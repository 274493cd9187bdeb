import { type Icon, IconBookmark, IconBriefcase, IconListDetails, IconServer2 } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { HydraClient } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import { statuses } from '../parts/Status.tsx'
import { filterHref, useSavedFilters } from '../screens/jobs/saved-filters.ts'
import { usePlaces } from './MainNav.tsx'

/** Something that can be opened. */
export interface Found {
  readonly to: string
  readonly label: string
  readonly hint: string
  readonly icon: Icon
}

/** Pages and saved filters at once, the rest by the server. @param asked the words, once typing rests */
export function useFound(
  words: string,
  asked: string,
): { readonly found: readonly Found[]; readonly isLoading: boolean } {
  const hydra = useHydra()
  const places = usePlaces()
  const saved = useSavedFilters()
  const { data = [], isFetching } = useQuery({
    queryKey: ['palette', asked],
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    queryFn: () => lookFor(hydra, asked),
  })
  const pages = places
    .filter(({ label }) => label.toLowerCase().includes(words.toLowerCase()))
    .map(({ to, label, icon, key }) => ({ to, label, icon, hint: `g ${key}` }))
  const named = saved
    .filter(({ name }) => words !== '' && name.toLowerCase().includes(words.toLowerCase()))
    .map((filter) => ({ to: filterHref(filter), label: filter.name, hint: 'saved filter of jobs', icon: IconBookmark }))
  return { found: [...pages, ...named, ...(words === '' ? [] : data)], isLoading: isFetching || words !== asked }
}

async function lookFor(hydra: HydraClient, q: string): Promise<readonly Found[]> {
  const [jobs, runs, workers] = await Promise.all([
    hydra.jobs.page({ q, limit: 6 }),
    // A run is looked for by the beginning of its id; by its job's name the job is found already.
    /^[0-9a-f-]{4,}$/i.test(q) ? hydra.runs.page({ q, limit: 6, tail: 0 }) : { items: [] },
    Array.fromAsync(hydra.workers.list()),
  ])
  return [
    ...jobs.items.map((job) => ({
      to: `/jobs/${encodeURIComponent(job._id)}`,
      label: job.name,
      hint: `job, ${job.domain}`,
      icon: IconBriefcase,
    })),
    ...runs.items.map((run) => ({
      to: `/runs/${encodeURIComponent(run._id)}`,
      label: `${run.job_name} ${run._id}`,
      hint: statuses[run.status].label,
      icon: IconListDetails,
    })),
    ...workers
      .filter(({ worker_id }) => worker_id.toLowerCase().includes(q.toLowerCase()))
      .slice(0, 6)
      .map(({ worker_id, domain, status }) => ({
        to: `/workers/${encodeURIComponent(worker_id)}?domain=${encodeURIComponent(domain)}`,
        label: worker_id,
        hint: `worker, ${status}`,
        icon: IconServer2,
      })),
  ]
}
