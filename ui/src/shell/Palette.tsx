import { Modal, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import classes from './Palette.module.css'
import { type Found, useFound } from './palette-search.ts'

/** Finds pages, jobs, runs and workers, as one types; all by the keyboard. */
export function Palette({
  typed,
  onReady,
  onClose,
}: {
  /** What was typed before this was there. */
  readonly typed: () => string
  readonly onReady: () => void
  readonly onClose: () => void
}) {
  const navigate = useNavigate()
  const [words, setWords] = useState('')
  const box = useRef<HTMLInputElement>(null)
  const early = useRef({ typed, onReady })
  // Once: what is typed from here on goes into the box.
  useEffect(() => {
    box.current?.focus()
    setWords(early.current.typed())
    early.current.onReady()
  }, [])
  const [asked] = useDebouncedValue(words.trim(), 120)
  const [at, setAt] = useState(0)
  const { found, isLoading } = useFound(words.trim(), asked)
  const chosen = Math.min(at, found.length - 1)

  function open({ to }: Found): void {
    onClose()
    void navigate({ href: `/ui${to}` })
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((chosen + step + found.length) % Math.max(1, found.length))
    }
    const one = found[chosen]
    if (event.key === 'Enter' && one !== undefined) open(one)
  }

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      centered={false}
      title={null}
      aria-label="Search"
    >
      <TextInput
        ref={box}
        data-autofocus
        aria-label="Search for pages, jobs, runs, workers"
        placeholder="Search for pages, jobs, runs, workers"
        leftSection={<IconSearch size={18} aria-hidden />}
        size="md"
        variant="unstyled"
        value={words}
        onChange={({ currentTarget }) => {
          setWords(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded
        aria-controls="palette-found"
        aria-activedescendant={found[chosen] && `palette-${chosen}`}
        className={classes.input}
      />
      <div id="palette-found" role="listbox" aria-label="Found" className={classes.found}>
        {found.map((one, index) => (
          <div
            key={one.to}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes.one}
            onPointerMove={() => setAt(index)}
            onClick={() => open(one)}
            onKeyDown={onKeyDown}
          >
            <one.icon size={17} stroke={1.8} aria-hidden />
            <span className={classes.name}>{one.label}</span>
            <span className="dim">{one.hint}</span>
          </div>
        ))}
      </div>
      <p className={classes.foot} role="status">
        {found.length === 0 ? (isLoading ? 'Searching…' : 'Nothing found.') : '↑ ↓ to choose, Enter to open'}
      </p>
    </Modal>
  )
}
