import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useHydra } from '../../api/hydra.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { counted } from '../../parts/format.ts'
import { Loading } from '../../parts/States.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { tellDone } from '../../parts/tell.ts'
import { chooseDomain, useSessionState } from '../../session/session.ts'

/** Says exactly what goes with a domain, as it is now, and wants its name typed. */
export function DeleteDomain({ domain, onClose }: { readonly domain: string; readonly onClose: () => void }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const { session } = useSessionState()
  const [typed, setTyped] = useState('')
  const { data: now, error } = useQuery({
    queryKey: ['domains', 'delete', domain],
    queryFn: async () => (await hydra.domains.list({ domain: null })).find((one) => one.domain === domain) ?? null,
    gcTime: 0,
    staleTime: 0,
  })
  const remove = useMutation({
    mutationFn: () => hydra.domains.remove(domain),
    onSuccess: () => {
      tellDone(`The domain ${domain} was deleted.`)
      onClose()
      // Whoever looks at it would see nothing but refusals from now on.
      if (session?.domain === domain) chooseDomain(null)
      else void queries.invalidateQueries({ queryKey: ['domains'] })
    },
  })
  const fault = error ?? remove.error
  return (
    <Dialog title={`Delete the domain ${domain}?`} onClose={onClose}>
      {now === undefined && error === null && <Loading rows={2} label="Counting" />}
      {now === null && <p>It is gone already.</p>}
      {now && (
        <>
          <p>
            With it go, for good, <strong>{counted(now.jobs_count, 'job')}</strong>,{' '}
            <strong>{counted(now.runs_count, 'run')}</strong> with their logs, and all its tokens
            {now.workers_count > 0 && (
              <>
                ; <strong>{counted(now.workers_count, 'worker')}</strong> would have no place any more
              </>
            )}
            . Its name is free again once all of that is gone.
          </p>
          <TextInput
            label={`Type ${domain} to go on`}
            data-autofocus
            autoComplete="off"
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </>
      )}
      {fault !== null && <p role="alert">{sentenceOf(fault)}</p>}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          Leave it
        </Button>
        <Button
          color="danger"
          disabled={!now || typed !== domain}
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          Delete {domain}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
