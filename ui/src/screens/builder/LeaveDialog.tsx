import { Button } from '@mantine/core'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'

/** Unsaved work is not lost by a click. */
export function LeaveDialog({ onStay, onLeave }: { readonly onStay: () => void; readonly onLeave: () => void }) {
  return (
    <Dialog title="Leave without saving?" onClose={onStay}>
      <p>What you changed here is not stored yet.</p>
      <DialogButtons>
        <Button variant="default" onClick={onStay}>
          Stay
        </Button>
        <Button color="danger" onClick={onLeave}>
          Leave
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
