import { notifications } from '@mantine/notifications'
import { sentenceOf } from './sentence.ts'

/** Something was done. */
export function tellDone(message: string): void {
  notifications.show({ message, color: 'teal', autoClose: 4000, closeButtonProps: { 'aria-label': 'Close' } })
}

/** Something did not work: the server's sentence, until it is closed. */
export function tellFault(error: unknown): void {
  notifications.show({
    message: sentenceOf(error),
    color: 'red',
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': 'Close' },
  })
}
