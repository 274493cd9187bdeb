import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useRef, useState } from 'react'
import { ApiError, type JobDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { definitionOf } from '../../definition/definition.ts'
import { mergePatch } from '../../definition/merge-patch.ts'
import { Fault, Loading } from '../../parts/States.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { Builder } from './Builder.tsx'
import type { Draft } from './draft.ts'

const ConflictDialog = lazy(() => import('./ConflictDialog.tsx').then((part) => ({ default: part.ConflictDialog })))

/** A job that is there, to be changed. */
export function EditJobScreen() {
  const { jobId } = useParams({ from: '/jobs/$jobId/edit' })
  const hydra = useHydra()
  // Not under the key that events make old: what one works on must not change under one's hands.
  const { data, error, refetch } = useQuery({
    queryKey: ['edited', jobId],
    queryFn: () => hydra.jobs.get(jobId),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading label="Loading the job" />
  return <EditJob key={data.version} job={data} onAnew={() => void refetch()} />
}

interface Wish {
  readonly draft: Draft
  readonly done: () => void
}

/** @param job as it was when the work began; only what is changed since is sent, and only if nobody else was faster */
function EditJob({ job, onAnew }: { readonly job: JobDocument; readonly onAnew: () => void }) {
  const hydra = useHydra()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [theirs, setTheirs] = useState<JobDocument | null>(null)
  const wish = useRef<Wish | null>(null)
  const base = definitionOf(job)
  const save = useMutation({
    mutationFn: ({ draft, version }: Wish & { readonly version: number }) =>
      hydra.jobs.updateFrom(job._id, mergePatch(base, draft), version),
    onSuccess: (now, { done }) => {
      done()
      queries.setQueryData(['job', now._id], now)
      tellDone(`Stored as version ${now.version}.`)
      void navigate({ to: '/jobs/$jobId', params: { jobId: now._id } })
    },
    onError: async (error) => {
      if (!(error instanceof ApiError) || error.status !== 412) return tellFault(error)
      setTheirs(await hydra.jobs.get(job._id))
    },
  })
  return (
    <>
      <Builder
        title={`Edit ${job.name}`}
        domain={job.domain}
        jobId={job._id}
        begin={base}
        save="Save"
        isSaving={save.isPending}
        onSave={(draft, done) => {
          wish.current = { draft, done }
          save.mutate({ draft, done, version: job.version })
        }}
      />
      {theirs !== null && (
        <Suspense>
          <ConflictDialog
            before={base}
            theirs={theirs}
            onMine={() => {
              if (wish.current !== null) save.mutate({ ...wish.current, version: theirs.version })
              setTheirs(null)
            }}
            onTheirs={() => {
              setTheirs(null)
              onAnew()
            }}
            onClose={() => setTheirs(null)}
          />
        </Suspense>
      )}
    </>
  )
}
