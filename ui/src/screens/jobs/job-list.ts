import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import type { IdentifiedEvent, JobDocument, JobQuery } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { type LiveList, useLiveList } from '../../live/live-list.ts'
import { jobId } from './columns.tsx'

/** Jobs of a page. */
const limit = 100

/** The jobs that fit, page by page, kept as they are now. */
export function useJobList(query: JobQuery): LiveList<JobDocument> {
  const hydra = useHydra()
  return useLiveList({
    queryKey: ['jobs', 'list', query],
    page: (cursor, signal) => hydra.jobs.page({ ...query, limit, cursor }, signal),
    one: useCallback((id: string) => hydra.jobs.get(id), [hydra]),
    idOf: jobId,
    touched,
  })
}

/** A row that the pointer rests upon will soon be opened: its job is fetched before. ms */
const restsFor = 80

export function useHoveredJob(): (job: JobDocument) => void {
  const hydra = useHydra()
  const queries = useQueryClient()
  const timer = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(
    ({ _id }) => {
      clearTimeout(timer.current)
      timer.current = window.setTimeout(() => {
        void queries.prefetchQuery({ queryKey: ['job', _id], queryFn: () => hydra.jobs.get(_id) })
      }, restsFor)
    },
    [hydra, queries],
  )
}

/** Runs change a job's row too: its next one is planned. */
function touched({ type, payload }: IdentifiedEvent) {
  const { job_id: id } = payload
  return id === undefined || !changing.has(type) ? null : { id, isNew: type === 'job_submitted' }
}

const changing: ReadonlySet<string> = new Set(['job_submitted', 'job_updated', 'job_deleted', 'job_scheduled'])
