import { Button } from '@mantine/core'
import { IconAdjustments, IconPlayerStop, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isFinal, type RunWithAttempts } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { RunDialog } from '../../parts/LazyRunDialog.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { useKeys } from '../../shell/keys.ts'
import { useRetry } from './use-retry.ts'

/** Cancel, while it is not over; retry, when it is. */
export function RunActions({ run }: { readonly run: RunWithAttempts }) {
  const mayWrite = useMayWrite()
  if (!mayWrite) return null
  return isFinal(run) ? <Retry run={run} /> : <Cancel run={run} />
}

function Retry({ run }: { readonly run: RunWithAttempts }) {
  const again = useRetry(run._id)
  const navigate = useNavigate()
  const retry = useMutation({
    mutationFn: () => again(),
    onSuccess: ({ run_id }) => {
      tellDone('A new run was started.')
      void navigate({ to: '/runs/$runId', params: { runId: run_id } })
    },
    onError: tellFault,
  })
  const [isAsking, setAsking] = useState(false)
  useKeys('Run', [
    { keys: 'r', label: 'Retry', run: () => retry.mutate() },
    { keys: 'R', label: 'Retry with changes', run: () => setAsking(true) },
  ])
  return (
    <>
      <Button
        size="xs"
        leftSection={<IconRefresh size={15} aria-hidden />}
        loading={retry.isPending}
        onClick={() => retry.mutate()}
      >
        Retry
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconAdjustments size={15} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        Retry with changes
      </Button>
      {isAsking && (
        <RunDialog jobId={run.job_id} verb="Retry" before={run.changes} send={again} onClose={() => setAsking(false)} />
      )}
    </>
  )
}

function Cancel({ run }: { readonly run: RunWithAttempts }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const queryKey = ['run', run._id]
  const cancel = useMutation({
    mutationFn: () => hydra.runs.cancel(run._id),
    // It says that it is being cancelled at once; that it is, only when the server says so.
    onMutate: () => {
      const before = queries.getQueryData<RunWithAttempts>(queryKey)
      queries.setQueryData<RunWithAttempts>(
        queryKey,
        (one) => one && { ...one, cancel_requested_at: new Date().toISOString() },
      )
      return before
    },
    onSuccess: (answer) => queries.setQueryData<RunWithAttempts>(queryKey, answer),
    // The run of this very moment is the one that was changed above.
    onError: (error, _, before) => {
      tellFault(error)
      queries.setQueryData<RunWithAttempts>(queryKey, before)
      void queries.invalidateQueries({ queryKey })
    },
  })
  const isAsked = run.cancel_requested_at !== null
  return (
    <Button
      size="xs"
      variant="light"
      color="danger"
      leftSection={<IconPlayerStop size={15} aria-hidden />}
      disabled={isAsked}
      onClick={() => cancel.mutate()}
    >
      {isAsked ? 'Cancelling…' : 'Cancel'}
    </Button>
  )
}
