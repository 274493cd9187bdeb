import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Dialog.module.css'

/** A dialog with a title; Esc and the cross close it. (The library's own has a page header inside, which a page has but once.) */
export function Dialog({
  title,
  onClose,
  size = 'md',
  sticky = false,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly size?: 'md' | 'lg' | 'xl'
  /** Neither Esc nor a click beside it closes it: what it shows cannot be had again. */
  readonly sticky?: boolean
  readonly children: ReactNode
}) {
  return (
    <Modal.Root opened onClose={onClose} size={size} centered closeOnEscape={!sticky} closeOnClickOutside={!sticky}>
      <Modal.Overlay />
      <Modal.Content>
        <div className={classes.head}>
          <Modal.Title component="h2" className={classes.title}>
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/** The buttons of a dialog, at its foot. */
export function DialogButtons({ children }: { readonly children: ReactNode }) {
  return <div className={classes.buttons}>{children}</div>
}
