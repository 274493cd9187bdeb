import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconDots, IconPencil, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { JobDocument } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { BulkDialog } from '../../bulk/BulkDialog.tsx'
import { type BulkAct, jobsInBulk } from '../../bulk/bulk.ts'
import { RunDialog } from '../../parts/LazyRunDialog.tsx'
import { tellFault } from '../../parts/tell.ts'
import { useKeys } from '../../shell/keys.ts'

/** Run it, as it is or with changes for this run alone, pause or resume its schedule, edit, clone or delete it. */
export function JobActions({ job }: { readonly job: JobDocument }) {
  return useMayWrite() ? <Actions job={job} /> : null
}

function Actions({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<BulkAct | null>(null)
  const [isChanging, setChanging] = useState(false)
  const run = useMutation({
    mutationFn: () => hydra.jobs.run(job._id),
    onSuccess: ({ run_id }) => void navigate({ to: '/runs/$runId', params: { runId: run_id } }),
    onError: tellFault,
  })
  const remove = jobsInBulk.acts.find(({ action }) => action === 'delete')
  const edit = (): void => void navigate({ to: '/jobs/$jobId/edit', params: { jobId: job._id } })
  const clone = (): void => void navigate({ to: '/new', search: { from: job._id } })
  useKeys('Job', [
    { keys: 'r', label: 'Run now', run: () => run.mutate() },
    { keys: 'R', label: 'Run with changes', run: () => setChanging(true) },
    { keys: 'i', label: 'Edit', run: edit },
    { keys: 'c', label: 'Clone', run: clone },
  ])
  return (
    <>
      <Button
        size="xs"
        leftSection={<IconPlayerPlay size={15} aria-hidden />}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        Run now
      </Button>
      {job.schedule.mode !== 'immediate' && <Pause job={job} />}
      <Button size="xs" variant="default" leftSection={<IconPencil size={15} aria-hidden />} onClick={edit}>
        Edit
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label="More acts" size="md">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setChanging(true)}>Run with changes…</Menu.Item>
          <Menu.Item onClick={clone}>Clone</Menu.Item>
          {remove && <Menu.Item onClick={() => setAsked(remove)}>Delete…</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {isChanging && (
        <RunDialog
          jobId={job._id}
          verb="Run"
          send={(once) => hydra.jobs.run(job._id, once)}
          onClose={() => setChanging(false)}
        />
      )}
      {asked !== null && (
        <BulkDialog
          kind={jobsInBulk}
          act={asked}
          chosen={{ ids: [job._id] }}
          onClose={(done) => {
            setAsked(null)
            if (done) void navigate({ to: '/jobs' })
          }}
        />
      )}
    </>
  )
}

/** Shown before the server says so; taken back, with its reason, where it says no. */
function Pause({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const queryKey = ['job', job._id]
  const { enabled } = job.schedule
  const change = useMutation({
    mutationFn: () => hydra.jobs.update(job._id, { schedule: { enabled: !enabled } }, job.version),
    onMutate: () => {
      const schedule = { ...job.schedule, enabled: !enabled }
      queries.setQueryData<JobDocument>(queryKey, { ...job, schedule })
      return job
    },
    onSuccess: (now) => queries.setQueryData<JobDocument>(queryKey, now),
    // The job of this very moment is the one that was changed above.
    onError: (error, _, before) => {
      queries.setQueryData<JobDocument>(queryKey, before)
      tellFault(error)
      void queries.invalidateQueries({ queryKey })
    },
  })
  const Shape = enabled ? IconPlayerPause : IconPlayerPlay
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<Shape size={15} aria-hidden />}
      disabled={change.isPending}
      onClick={() => change.mutate()}
    >
      {enabled ? 'Pause' : 'Resume'}
    </Button>
  )
}
