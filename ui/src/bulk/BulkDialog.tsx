import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { BulkResult, Chosen } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import { Dialog, DialogButtons } from '../parts/Dialog.tsx'
import { counted, number } from '../parts/format.ts'
import { Loading } from '../parts/States.tsx'
import { sentenceOf } from '../parts/sentence.ts'
import classes from './BulkBar.module.css'
import type { BulkAct, BulkKind } from './bulk.ts'

/** Above so many an act that destroys wants its word typed. */
const typedAbove = 100

/** Says exactly what an act would be done to, does it, and says what became of it. */
export function BulkDialog({
  kind,
  act,
  chosen,
  onClose,
}: {
  readonly kind: BulkKind
  readonly act: BulkAct
  readonly chosen: Chosen
  readonly onClose: (done: boolean) => void
}) {
  const hydra = useHydra()
  const [word, setWord] = useState('')
  const preview = useQuery({
    queryKey: ['bulk', kind.one, act.action, chosen],
    queryFn: () => kind.preview(hydra, act.action, chosen),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  })
  const carryOut = useMutation({ mutationFn: (confirm: string) => kind.carryOut(hydra, act.action, chosen, confirm) })
  const { data } = preview
  const matched = data?.matched ?? 0
  const typed = act.action
  const isTyped = !act.destroys || matched <= typedAbove || word.trim().toLowerCase() === typed
  const error = preview.error ?? carryOut.error
  return (
    <Dialog
      title={`${act.label} ${data ? counted(matched, kind.one) : kind.plural}?`}
      onClose={() => onClose(carryOut.isSuccess)}
    >
      {preview.isPending && <Loading rows={3} label="Counting" />}
      {error !== null && <p role="alert">{sentenceOf(error)}</p>}
      {data && !carryOut.isSuccess && (
        <>
          {matched === 0 && <p>There is none that this could be done to.</p>}
          <Sample of={data.sample} matched={matched} />
          {act.destroys && matched > typedAbove && (
            <TextInput
              label={`Type ${typed} to go on`}
              value={word}
              onChange={({ currentTarget }) => setWord(currentTarget.value)}
            />
          )}
        </>
      )}
      {carryOut.isPending && <p role="status">{number(matched)} are being worked on. This window can stay open.</p>}
      {carryOut.data && <Result act={act} kind={kind} result={carryOut.data} />}
      <DialogButtons>
        <Button variant="default" onClick={() => onClose(carryOut.isSuccess)}>
          {carryOut.isSuccess ? 'Close' : 'Leave it'}
        </Button>
        {data && matched > 0 && !carryOut.isSuccess && (
          <Button
            color={act.destroys ? 'danger' : undefined}
            disabled={!isTyped}
            loading={carryOut.isPending}
            onClick={() => carryOut.mutate(data.confirm)}
          >
            {act.label} {number(matched)}
          </Button>
        )}
      </DialogButtons>
    </Dialog>
  )
}

function Sample({
  of,
  matched,
}: {
  readonly of: readonly { readonly id: string; readonly name: string }[]
  readonly matched: number
}) {
  if (of.length === 0) return null
  return (
    <ul className={classes.sample}>
      {of.map(({ id, name }) => (
        <li key={id}>{name}</li>
      ))}
      {matched > of.length && <li className="dim">and {number(matched - of.length)} more</li>}
    </ul>
  )
}

function Result({
  act,
  kind,
  result,
}: {
  readonly act: BulkAct
  readonly kind: BulkKind
  readonly result: BulkResult
}) {
  const { done, matched, failed } = result
  return (
    <div role="status">
      <p>
        {act.done} {number(done)} of {counted(matched, kind.one)}.
      </p>
      {failed.length > 0 && (
        <ul className={classes.sample}>
          {failed.map(({ id, detail }) => (
            <li key={id}>
              <code>{id}</code> {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
