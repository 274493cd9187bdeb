import { Button, SegmentedControl } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'
import { Screen } from '../../parts/Screen.tsx'
import { Loading } from '../../parts/States.tsx'
import classes from './Builder.module.css'
import { Checks } from './Checks.tsx'
import { type Draft, valueAt } from './draft.ts'
import { FormView } from './FormView.tsx'
import { faultsByField } from './faults.ts'
import { LeaveDialog } from './LeaveDialog.tsx'
import { useVerdict } from './use-verdict.ts'

const CodeView = lazy(() => import('./CodeView.tsx').then((part) => ({ default: part.CodeView })))

/** A definition under work: form and text are two views of one object, and the server says while one types what is wrong. */
export function Builder({
  title,
  domain,
  jobId,
  begin,
  save,
  isSaving,
  onSave,
  others,
}: {
  readonly title: string
  /** The job's; null where it is not known yet. */
  readonly domain: string | null
  /** Whose past runs the rules can be tried on; null: there are none. */
  readonly jobId: string | null
  /** What it begins with. */
  readonly begin: Draft
  readonly save: string
  readonly isSaving: boolean
  /** Calls `done` once it is stored: leaving is then not asked about. */
  readonly onSave: (draft: Draft, done: () => void) => void
  readonly others?: (draft: Draft, isValid: boolean) => ReactNode
}) {
  const [draft, setDraft] = useState(begin)
  const [view, setView] = useState('form')
  const stored = useRef(false)
  const { verdict, isOld } = useVerdict(draft)
  const faults = faultsByField(verdict?.errors ?? [], (path) => valueAt(draft, path) === valueAt(begin, path))
  const isChanged = JSON.stringify(draft) !== JSON.stringify(begin)
  const isValid = verdict?.valid === true && !isOld
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !stored.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged && !stored.current,
    withResolver: true,
  })
  const done = (): void => {
    stored.current = true
  }
  return (
    <Screen
      title={title}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="View"
            value={view}
            data={[
              { value: 'form', label: 'Form' },
              { value: 'code', label: 'YAML and JSON' },
            ]}
            onChange={setView}
          />
          {others?.(draft, isValid)}
          <Button size="xs" disabled={!isValid} loading={isSaving} onClick={() => onSave(draft, done)}>
            {save}
          </Button>
        </>
      }
    >
      <div className={classes.sides}>
        <Suspense fallback={<Loading />}>
          {view === 'form' ? (
            <FormView draft={draft} faults={faults} onChange={setDraft} />
          ) : (
            <CodeView draft={draft} onChange={setDraft} />
          )}
        </Suspense>
        <Checks
          draft={draft}
          verdict={verdict}
          isOld={isOld}
          faults={faults}
          showsAll={view === 'code'}
          domain={domain}
          jobId={jobId}
        />
      </div>
      {blocker.status === 'blocked' && <LeaveDialog onStay={blocker.reset} onLeave={blocker.proceed} />}
    </Screen>
  )
}
