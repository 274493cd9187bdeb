import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useHydra } from '../../api/hydra.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { Secret } from './Secret.tsx'

/** How long the old token works beside the new one. s */
const graces = [
  { value: '0', label: 'It ends at once' },
  { value: '3600', label: 'For an hour' },
  { value: '86400', label: 'For a day' },
  { value: '604800', label: 'For a week' },
]

/** A new token in place of a domain's default one, shown once. */
export function RotateToken({ domain, onClose }: { readonly domain: string; readonly onClose: () => void }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const [grace, setGrace] = useState('86400')
  const rotate = useMutation({
    mutationFn: () => hydra.domains.rotate(domain, Number(grace)),
    gcTime: 0,
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens', domain] }),
  })
  const token = rotate.data?.token ?? null
  if (token !== null) return <Secret title={`The new token of ${domain}`} token={token} onClose={onClose} />
  return (
    <Dialog title={`Rotate the token of ${domain}?`} onClose={onClose}>
      <p>
        The token named <code>default</code> gets a successor. Workers and clients that use the old one must get the new
        one before it ends; a worker whose token ended takes no more work.
      </p>
      <NativeSelect
        label="The old token still works"
        data={graces}
        value={grace}
        onChange={({ currentTarget }) => setGrace(currentTarget.value)}
      />
      {rotate.error !== null && <p role="alert">{sentenceOf(rotate.error)}</p>}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          Leave it
        </Button>
        <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
          Rotate
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
