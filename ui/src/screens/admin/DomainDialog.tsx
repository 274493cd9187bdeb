import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { DomainDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { tellDone } from '../../parts/tell.ts'
import { Secret } from './Secret.tsx'

/** Makes a domain, and shows its token once; or changes how one is called. */
export function DomainDialog({
  present,
  onClose,
}: {
  /** Null: a new one. */
  readonly present: DomainDocument | null
  readonly onClose: () => void
}) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const [name, setName] = useState(present?.domain ?? '')
  const [display, setDisplay] = useState(present?.display_name ?? '')
  const [description, setDescription] = useState(present?.description ?? '')
  const save = useMutation({
    mutationFn: () => {
      const input = { display_name: display.trim(), description: description.trim() }
      return present === null ? hydra.domains.create(name.trim(), input) : hydra.domains.change(name, input)
    },
    gcTime: 0,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['domains'] })
      if (present === null) return
      tellDone(`The domain ${name} was changed.`)
      onClose()
    },
  })
  const token = save.data?.token ?? null
  if (present === null && token !== null)
    return <Secret title={`The token of ${name.trim()}`} token={token} onClose={onClose} />
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog title={present === null ? 'New domain' : `Change ${name}`} onClose={onClose}>
      <form onSubmit={submit}>
        {present === null && (
          <TextInput
            label="Name"
            description="Letters, digits, dots, underscores and hyphens. It cannot be changed later."
            data-autofocus
            required
            maxLength={63}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
        )}
        <TextInput
          label="Shown as"
          maxLength={200}
          value={display}
          onChange={({ currentTarget }) => setDisplay(currentTarget.value)}
        />
        <TextInput
          label="Description"
          maxLength={2000}
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
        />
        {save.error !== null && <p role="alert">{sentenceOf(save.error)}</p>}
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button type="submit" loading={save.isPending}>
            {present === null ? 'Make it' : 'Save'}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
