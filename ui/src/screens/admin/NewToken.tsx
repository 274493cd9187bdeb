import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Role } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { Dialog, DialogButtons } from '../../parts/Dialog.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { Secret } from './Secret.tsx'
import { roleWords } from './token-rows.tsx'

const roles = ['read', 'worker', 'domain'] as const satisfies readonly Role[]
const day = 86_400_000

/** How long it holds, in days; empty: for ever. */
const spans = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In a week' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'date', label: 'On a date' },
]

/** When it ends. Pure. @param span of the above @param date as `2027-01-31`, in one's own zone; now in ms */
function endOf(span: string, date: string, now: number): Date | null {
  if (span === '') return null
  return span === 'date' ? new Date(`${date}T23:59:59`) : new Date(now + Number(span) * day)
}

/** Makes a token, and shows it once. */
export function NewToken({ domain, onClose }: { readonly domain: string; readonly onClose: () => void }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('read')
  const [span, setSpan] = useState('')
  const [date, setDate] = useState('')
  const make = useMutation({
    mutationFn: () =>
      hydra.tokens.create(domain, { name: name.trim(), role, expires_at: endOf(span, date, Date.now()) }),
    gcTime: 0,
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens', domain] }),
  })
  if (make.data) return <Secret title={`The token ${name.trim()}`} token={make.data.token} onClose={onClose} />
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog title={`New token of ${domain}`} onClose={onClose}>
      <form onSubmit={submit}>
        <TextInput
          label="Name"
          description="Who or what uses it: it stands in the audit trail beside what was done with it."
          data-autofocus
          required
          maxLength={100}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          value={role}
          data={roles.map((value) => ({ value, label: `${value}: ${roleWords[value]}` }))}
          onChange={({ currentTarget: { value } }) => setRole(roles.find((one) => one === value) ?? 'read')}
        />
        <NativeSelect
          label="Expires"
          value={span}
          data={spans}
          onChange={({ currentTarget }) => setSpan(currentTarget.value)}
        />
        {span === 'date' && (
          <TextInput
            label="Last day"
            type="date"
            required
            value={date}
            onChange={({ currentTarget }) => setDate(currentTarget.value)}
          />
        )}
        {make.error !== null && <p role="alert">{sentenceOf(make.error)}</p>}
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make it
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
