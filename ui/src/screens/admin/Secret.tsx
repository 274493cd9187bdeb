import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { Mark } from '../../parts/Status.tsx'
import classes from './AdminScreen.module.css'

/** A token, this once. Neither Esc nor a click beside it takes it away. */
export function Secret({
  title,
  token,
  onClose,
}: {
  readonly title: string
  readonly token: string
  readonly onClose: () => void
}) {
  return (
    <Dialog title={title} onClose={onClose} sticky>
      <p>
        <Mark tone="warn" icon={IconAlertTriangle} label="Shown this once" />
      </p>
      <p>Copy it now, to where it is used or to a password manager: the server keeps only its hash.</p>
      <div className={classes.secret}>
        <code data-secret>{token}</code>
        <CopyButton value={token} what="the token" />
      </div>
      <DialogButtons>
        <Button onClick={onClose}>I have it</Button>
      </DialogButtons>
    </Dialog>
  )
}
