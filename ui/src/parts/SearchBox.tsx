import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useKeys } from '../shell/keys.ts'

/** What is typed becomes the filter once typing rests; `/` comes here. ms */
const rest = 200
/** So long after a key the address is taken to be still on its way to what was typed. ms */
const settled = 700

/** Words that a list is narrowed by. What somebody is typing is never taken away: the address follows the box. */
export function SearchBox({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const [typed, setTyped] = useState(value)
  const box = useRef<HTMLInputElement>(null)
  const timer = useRef(0)
  const typedAt = useRef(Number.NEGATIVE_INFINITY)
  useKeys('List', [{ keys: '/', label, run: () => box.current?.focus() }])
  // Changed from elsewhere: Back, or the filters were cleared.
  useEffect(() => {
    if (performance.now() - typedAt.current > settled) setTyped(value)
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])

  function change(next: string): void {
    setTyped(next)
    typedAt.current = performance.now()
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => onChange(next.trim()), rest)
  }
  return (
    <TextInput
      ref={box}
      aria-label={label}
      placeholder={label}
      size="xs"
      w={260}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={typed}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      onKeyDown={({ key, currentTarget }) => {
        if (key !== 'Escape') return
        if (typed !== '') change('')
        else currentTarget.blur()
      }}
    />
  )
}
