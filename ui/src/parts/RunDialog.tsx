import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { JobDocument, QueuedDocument, RunOnce } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import { FieldInput } from '../screens/builder/FieldInput.tsx'
import { faultsByField } from '../screens/builder/faults.ts'
import { commonFields, type Field, outcomeFields, placeFields } from '../screens/builder/fields.ts'
import { Script } from '../screens/builder/Script.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'
import { counted } from './format.ts'
import classes from './RunDialog.module.css'
import { changedFields, changesIn, draftOf, fieldName } from './run-changes.ts'
import { Fault, Loading } from './States.tsx'
import { sentenceOf } from './sentence.ts'
import { tellDone } from './tell.ts'

type Changes = Readonly<Record<string, unknown>>

const paths = (fields: readonly Field[], ...wanted: readonly string[]): readonly Field[] =>
  fields.filter(({ path }) => wanted.includes(path))
const first = [...paths(commonFields, 'executor.args', 'executor.env'), ...paths(outcomeFields, 'timeout')]
const further = [
  ...paths(outcomeFields, 'retries'),
  ...paths(placeFields, 'priority', 'queue', 'affinity.hostnames', 'affinity.tags'),
  ...paths(commonFields, 'executor.workdir'),
]

interface Wish {
  readonly jobId: string
  /** `Run` or `Retry`. */
  readonly verb: string
  /** What an earlier run had otherwise: the form begins with it. */
  readonly before?: Changes | null
  readonly send: (once: RunOnce) => Promise<QueuedDocument>
  readonly onClose: () => void
}

/** Asks what one run is to have otherwise than its job, and starts it. */
export function RunDialog(wish: Wish) {
  const hydra = useHydra()
  const { data: job, error } = useQuery({
    queryKey: ['job', wish.jobId],
    queryFn: () => hydra.jobs.get(wish.jobId),
  })
  return (
    <Dialog title={`${wish.verb} with changes`} size="lg" onClose={wish.onClose}>
      {error !== null && job === undefined && <Fault error={error} />}
      {error === null && job === undefined && <Loading rows={5} label="Loading the job" />}
      {job !== undefined && <Form {...wish} job={job} />}
    </Dialog>
  )
}

function Form({ job: now, verb, before = null, send, onClose }: Wish & { readonly job: JobDocument }) {
  // The job as it was when the dialog opened: what is typed is not moved under the hand.
  const [job] = useState(now)
  const [draft, setDraft] = useState(() => draftOf(job, before))
  const changes = useMemo(() => changesIn(job, draft), [job, draft])
  const { errors, isOld } = useErrors(job._id, changes)
  const faults = useMemo(() => faultsByField(errors, () => false), [errors])
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: () => send({ changes }),
    onSuccess: ({ run_id }) => {
      tellDone('A new run was started.')
      onClose()
      void navigate({ to: '/runs/$runId', params: { runId: run_id } })
    },
  })
  const changed = changedFields(changes)
  const fields = { draft, faults, onChange: setDraft }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        start.mutate()
      }}
    >
      <p className={classes.about}>For this run alone; the job stays as it is.</p>
      <div className={classes.grid}>
        {first.map((field) => (
          <FieldInput key={field.path} field={field} {...fields} />
        ))}
      </div>
      <Script {...fields} />
      <details className={classes.more}>
        <summary>Attempts, priority, place</summary>
        <div className={classes.grid}>
          {further.map((field) => (
            <FieldInput key={field.path} field={field} {...fields} />
          ))}
        </div>
      </details>
      <p className={classes.changed} role="status">
        {changed.length === 0
          ? 'Nothing is changed: it runs as the job says.'
          : `${counted(changed.length, 'change')}: ${changed.map(({ path }) => fieldName(path)).join(', ')}`}
        {changed.length > 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => setDraft(draftOf(job, null))}>
            Take all back
          </Button>
        )}
      </p>
      {[...faults.others, ...(start.error === null ? [] : [sentenceOf(start.error)])].map((sentence) => (
        <p key={sentence} className={classes.fault} role="alert">
          {sentence}
        </p>
      ))}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button type="submit" loading={start.isPending} disabled={errors.length > 0 && !isOld}>
          {verb} {changed.length === 0 ? 'unchanged' : `with ${counted(changed.length, 'change')}`}
        </Button>
      </DialogButtons>
    </form>
  )
}

/** What the server says is wrong with the changes, a moment after the last key. */
function useErrors(jobId: string, changes: Changes | null) {
  const hydra = useHydra()
  const [asked] = useDebouncedValue(changes, 200)
  const { data, isPlaceholderData } = useQuery({
    queryKey: ['verdict', jobId, asked],
    queryFn: () => hydra.jobs.validateStored(jobId, asked ?? {}),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  })
  const errors = changes === null ? [] : (data?.errors ?? [])
  return { errors, isOld: isPlaceholderData || asked !== changes }
}
