import { Fragment } from 'react'
import { Dialog } from '../parts/Dialog.tsx'
import { useKeyGroups } from './keys.ts'
import classes from './Shell.module.css'

/** All that can be done by keys where one is. */
export function KeySheet({ onClose }: { readonly onClose: () => void }) {
  const groups = useKeyGroups()
  return (
    <Dialog title="Keys" onClose={onClose}>
      {groups.map(({ title, acts }) => (
        <Fragment key={title + acts.map(({ keys }) => keys).join()}>
          <h3>{title}</h3>
          <dl className={classes.keys}>
            {acts.map(({ keys, label }) => (
              <Fragment key={keys}>
                <dt>
                  {keys.split(' ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{label}</dd>
              </Fragment>
            ))}
          </dl>
        </Fragment>
      ))}
      <p className="dim">
        <kbd>Ctrl K</kbd> searches everywhere. Keys do nothing while you type; the settings turn them off.
      </p>
    </Dialog>
  )
}
