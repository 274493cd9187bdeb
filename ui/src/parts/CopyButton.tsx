import { ActionIcon } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'
import { copyText } from './copy.ts'
import { tellFault } from './tell.ts'

/** Copies a text. @param what of the text, for the button's name */
export function CopyButton({ value, what }: { readonly value: string; readonly what: string }) {
  const [done, setDone] = useState(false)
  async function copy(): Promise<void> {
    try {
      await copyText(value)
      setDone(true)
      setTimeout(() => setDone(false), 1500)
    } catch {
      tellFault(new Error(`This browser does not let a page copy: select ${what} and copy it.`))
    }
  }
  const Shape = done ? IconCheck : IconCopy
  return (
    <ActionIcon size="sm" aria-label={done ? 'Copied' : `Copy ${what}`} onClick={() => void copy()}>
      <Shape size={14} aria-hidden />
    </ActionIcon>
  )
}
