import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { TokenDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { Ago } from '../../parts/Time.tsx'
import { tellDone } from '../../parts/tell.ts'

/** Ends a token at once, after it was said whose it is and when it was last used. */
export function RevokeToken({ token, onClose }: { readonly token: TokenDocument; readonly onClose: () => void }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const { id, name, domain, role, last_used_at } = token
  const revoke = useMutation({
    mutationFn: () => hydra.tokens.remove(domain, id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tokens', domain] })
      tellDone(`The token ${name} of ${domain} works no more.`)
      onClose()
    },
  })
  return (
    <Dialog title={`Revoke the token ${name} of ${domain}?`} onClose={onClose}>
      <p>
        It ends at once, everywhere: whoever uses it is refused
        {role !== 'read' && ', and a worker with it takes no more work; what it runs goes back to the queue'}. It was
        last used {last_used_at === null ? 'never' : <Ago at={last_used_at} />}.
      </p>
      {revoke.error !== null && <p role="alert">{sentenceOf(revoke.error)}</p>}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          Leave it
        </Button>
        <Button color="danger" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke {name}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
