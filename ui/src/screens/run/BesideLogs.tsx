import { Button, NativeSelect } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { counted } from '../../parts/format.ts'
import { Fault, Loading } from '../../parts/States.tsx'
import { type Attempt, factsOfTwo } from './attempt-facts.ts'
import classes from './BesideLogs.module.css'
import { LogViewer } from './LogViewer.tsx'
import { useFolds, useLayout } from './use-folds.ts'
import { useLog } from './use-log.ts'

/** Two attempts of a run beside each other: what differs of them, and their logs. */
export function BesideLogs({
  run,
  left,
  right,
}: {
  readonly run: RunWithAttempts
  readonly left: Attempt
  readonly right: Attempt
}) {
  const navigate = useNavigate({ from: '/runs/$runId' })
  const set = (change: { readonly attempt?: number; readonly beside?: number | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, line: undefined, ...change }), replace: true })
  const choices = run.attempts.map(({ attempt }) => ({ value: String(attempt), label: `Attempt ${attempt}` }))
  const sides = [
    { of: left, label: 'Left', choose: (attempt: number) => set({ attempt }) },
    { of: right, label: 'Right', choose: (attempt: number) => set({ beside: attempt }) },
  ] as const
  return (
    <section className={classes.beside} aria-label="Two attempts side by side">
      <div className={classes.tools}>
        {sides.map(({ of, label, choose }) => (
          <NativeSelect
            key={label}
            size="xs"
            aria-label={`${label} attempt`}
            value={String(of.attempt)}
            data={choices}
            onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
          />
        ))}
        <Button size="xs" variant="default" onClick={() => set({ beside: undefined })}>
          One at a time
        </Button>
      </div>
      <Facts left={left} right={right} />
      <div className={classes.logs}>
        {sides.map(({ of, label }) => (
          <AttemptLog key={`${label} ${of.attempt}`} runId={run._id} attempt={of.attempt} />
        ))}
      </div>
    </section>
  )
}

function Facts({ left, right }: { readonly left: Attempt; readonly right: Attempt }) {
  return (
    <table className={classes.facts}>
      <thead>
        <tr>
          <td />
          <th scope="col">Attempt {left.attempt}</th>
          <th scope="col">Attempt {right.attempt}</th>
        </tr>
      </thead>
      <tbody>
        {factsOfTwo(left, right).map(({ name, of, differs }) => (
          <tr key={name} data-differs={differs || undefined}>
            <th scope="row">
              {name}
              {differs && <IconArrowsDiff size={14} role="img" aria-label="differs" />}
            </th>
            <td>{of[0]}</td>
            <td>{of[1]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function AttemptLog({ runId, attempt }: { readonly runId: string; readonly attempt: number }) {
  const { stream = null } = useSearch({ from: '/runs/$runId' })
  const log = useLog(runId, attempt)
  const { book } = log
  const folds = useFolds(runId, book)
  const layout = useLayout(book, folds, stream)
  return (
    <section className={classes.side} aria-label={`Log of attempt ${attempt}`}>
      <h2>
        Attempt {attempt} <span className="dim">{counted(book.total, 'line')}</span>
      </h2>
      {log.error !== null && !log.isOpen && <Fault error={log.error} />}
      {!log.isOpen && log.error === null && <Loading rows={4} label={`Loading the log of attempt ${attempt}`} />}
      {log.isOpen && book.total === 0 && <p className="dim">It wrote nothing.</p>}
      {log.isOpen && book.total > 0 && (
        <LogViewer
          log={log}
          goal={null}
          marked={null}
          find={null}
          layout={layout}
          folds={folds}
          label={`Log of attempt ${attempt}`}
        />
      )}
    </section>
  )
}
