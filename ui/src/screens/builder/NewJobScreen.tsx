import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useHydra } from '../../api/hydra.tsx'
import { definitionOf } from '../../definition/definition.ts'
import { Fault, Loading } from '../../parts/States.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { Builder } from './Builder.tsx'
import { type Draft, newDraft } from './draft.ts'

/** A new job: from nothing, or from another one. */
export function NewJobScreen() {
  const { from } = useSearch({ from: '/new' })
  const hydra = useHydra()
  const { data, error } = useQuery({
    queryKey: ['job', from],
    enabled: from !== undefined,
    queryFn: () => hydra.jobs.get(from ?? ''),
  })
  if (from === undefined) return <NewJob begin={newDraft} title="New job" />
  if (error !== null) return <Fault error={error} />
  if (data === undefined) return <Loading label="Loading the job" />
  // A key names one job.
  const { key, ...definition } = definitionOf(data)
  return (
    <NewJob
      key={from}
      from={from}
      begin={{ ...definition, name: `${data.name} (copy)` }}
      title={`Copy of ${data.name}`}
    />
  )
}

function NewJob({
  begin,
  title,
  from,
}: {
  readonly begin: Draft
  readonly title: string
  /** Of which it is a copy. */
  readonly from?: string
}) {
  const hydra = useHydra()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: ({ draft }: { readonly draft: Draft; readonly done: () => void }) => hydra.jobs.createFrom(draft),
    onSuccess: (job, { done }) => {
      done()
      tellDone(`${job.name} is stored.`)
      void navigate({ to: '/jobs/$jobId', params: { jobId: job._id } })
    },
    onError: tellFault,
  })
  const tryOut = useMutation({
    mutationFn: async (draft: Draft) => {
      const { _id } = await hydra.jobs.createFrom(draft, { adhoc: true })
      return hydra.jobs.runsPage(_id, { limit: 1, tail: 0 })
    },
    onSuccess: ({ items: [run] }) => {
      if (run !== undefined) window.open(`${import.meta.env.BASE_URL}runs/${run._id}`, '_blank', 'noopener')
    },
    onError: tellFault,
  })
  return (
    <Builder
      title={title}
      domain={null}
      jobId={from ?? null}
      begin={begin}
      save="Create"
      isSaving={create.isPending}
      onSave={(draft, done) => create.mutate({ draft, done })}
      others={(draft, isValid) => (
        <Button
          size="xs"
          variant="default"
          disabled={!isValid}
          loading={tryOut.isPending}
          onClick={() => tryOut.mutate(draft)}
        >
          Try it once
        </Button>
      )}
    />
  )
}
