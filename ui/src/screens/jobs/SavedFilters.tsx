import { Button, Menu, TextInput } from '@mantine/core'
import { IconBookmark } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { tellDone } from '../../parts/tell.ts'
import { filterHref, forgetFilter, sameFilter, saveFilter, textsOf, useSavedFilters } from './saved-filters.ts'

/** Filters under a name, kept in this browser; the palette finds them, too. @param search what the list is narrowed by now */
export function SavedFilters({ search }: { readonly search: object }) {
  const filters = useSavedFilters()
  const navigate = useNavigate()
  const [isNaming, setNaming] = useState(false)
  const here = sameFilter(filters, search)
  const isNarrowed = Object.keys(textsOf(search)).length > 0
  return (
    <>
      <Menu position="bottom-start" shadow="md">
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<IconBookmark size={15} aria-hidden />}>
            {here?.name ?? 'Saved filters'}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {filters.length === 0 && <Menu.Label>None yet: narrow the list, then save what narrows it.</Menu.Label>}
          {filters.map((filter) => (
            <Menu.Item
              key={filter.name}
              aria-current={filter === here}
              rightSection={filter === here && '✓'}
              onClick={() => void navigate({ href: `/ui${filterHref(filter)}` })}
            >
              {filter.name}
            </Menu.Item>
          ))}
          {(isNarrowed || here !== undefined) && <Menu.Divider />}
          {isNarrowed && here === undefined && <Menu.Item onClick={() => setNaming(true)}>Save this filter…</Menu.Item>}
          {here !== undefined && <Menu.Item onClick={() => forgetFilter(here.name)}>Forget {here.name}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {isNaming && (
        <NameDialog
          taken={filters.map(({ name }) => name)}
          onClose={() => setNaming(false)}
          onName={(name) => {
            saveFilter({ name, search: textsOf(search) })
            setNaming(false)
            tellDone(`${name} is saved in this browser.`)
          }}
        />
      )}
    </>
  )
}

function NameDialog({
  taken,
  onClose,
  onName,
}: {
  readonly taken: readonly string[]
  readonly onClose: () => void
  readonly onName: (name: string) => void
}) {
  const [typed, setTyped] = useState('')
  const name = typed.trim()
  function submit(event: FormEvent): void {
    event.preventDefault()
    if (name !== '') onName(name)
  }
  return (
    <Dialog title="Save this filter" onClose={onClose}>
      <form onSubmit={submit}>
        <TextInput
          data-autofocus
          label="Name"
          maxLength={60}
          value={typed}
          description={taken.includes(name) ? 'There is one of this name: it is replaced.' : null}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" disabled={name === ''}>
            Save
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
