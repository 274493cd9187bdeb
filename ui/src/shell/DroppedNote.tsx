import { CloseButton } from '@mantine/core'
import { forgetDropped, useDropped } from '../search/read.ts'
import classes from './Shell.module.css'

/** Says what of the address could not be used. */
export function DroppedNote() {
  const dropped = useDropped()
  if (dropped.length === 0) return null
  return (
    <div className={classes.note} role="status">
      <span>
        The address had what is not known here, and it was left out: <code>{dropped.join(', ')}</code>
      </span>
      <CloseButton aria-label="Close the note" onClick={forgetDropped} />
    </div>
  )
}
