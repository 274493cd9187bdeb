import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Chosen } from '../../../src/client/index.ts'
import { number } from '../parts/format.ts'
import type { Selection } from '../parts/selection.ts'
import classes from './BulkBar.module.css'
import { BulkDialog } from './BulkDialog.tsx'
import type { BulkAct, BulkKind } from './bulk.ts'

/** What can be done to the rows that are selected, or to all that match, loaded or not. */
export function BulkBar({
  kind,
  selection,
  loaded,
  hasMore,
  filter,
  onDone,
}: {
  readonly kind: BulkKind
  readonly selection: Selection
  readonly loaded: number
  readonly hasMore: boolean
  /** What the list is narrowed by; empty: it is not. */
  readonly filter: Readonly<Record<string, string | boolean | readonly string[]>>
  readonly onDone: () => void
}) {
  const [act, setAct] = useState<BulkAct | null>(null)
  const { ids, everything } = selection
  if (ids.size === 0) return null
  const chosen: Chosen = everything
    ? { filter: Object.keys(filter).length === 0 ? { all: true } : filter }
    : { ids: [...ids] }
  const isAllLoaded = ids.size === loaded
  return (
    <section className={classes.bar} aria-label="Selection">
      <strong>{everything ? `All ${kind.plural} that match` : `${number(ids.size)} selected`}</strong>
      {!everything && isAllLoaded && hasMore && (
        <Button size="compact-sm" variant="subtle" onClick={selection.setEverything}>
          Select all that match, loaded or not
        </Button>
      )}
      {kind.acts.map((one) => (
        <Button
          key={one.action}
          size="compact-sm"
          variant={one.destroys ? 'light' : 'default'}
          color={one.destroys ? 'danger' : undefined}
          onClick={() => setAct(one)}
        >
          {one.label}
        </Button>
      ))}
      <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
        Clear
      </Button>
      {act !== null && (
        <BulkDialog
          kind={kind}
          act={act}
          chosen={chosen}
          onClose={(done) => {
            setAct(null)
            if (!done) return
            selection.clear()
            onDone()
          }}
        />
      )}
    </section>
  )
}
