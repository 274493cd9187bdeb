import { useHydra, useWho } from '../../api/hydra.tsx'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { useSessionState } from '../../session/session.ts'
import classes from './WorkersScreen.module.css'

/** The line that adds another worker, ready to copy but for its token: no page shows one. */
export function AddWorker({ open = false }: { readonly open?: boolean }) {
  const hydra = useHydra()
  const { role, domain: own, default_domain } = useWho()
  const { session } = useSessionState()
  const domain = own ?? session?.domain ?? default_domain
  const where = hydra.server || location.origin
  const line = `WORKER_DOMAIN=${domain} WORKER_DOMAIN_TOKEN=TOKEN npx hydra worker --server ${where}`
  return (
    <details className={classes.add} open={open || undefined}>
      <summary>Add a worker</summary>
      <p>
        On any machine that has hydra-jobs and reaches <code>{where}</code>. In place of <code>TOKEN</code> stands a
        token of the domain {domain} with the role <code>worker</code>
        {role === 'admin' ? '; the screen Admin makes one.' : '; an admin makes one.'}
      </p>
      <div className={classes.line}>
        <pre>
          <code>{line}</code>
        </pre>
        <CopyButton value={line} what="the line" />
      </div>
    </details>
  )
}
