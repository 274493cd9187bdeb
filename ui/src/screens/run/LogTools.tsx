import { ActionIcon, Button, Menu, NativeSelect } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconDots } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted, number } from '../../parts/format.ts'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { tellFault } from '../../parts/tell.ts'
import { changeSettings, useSettings } from '../../settings/settings.ts'
import { neighbourOf } from './attempt-facts.ts'
import type { LogBook } from './log-book.ts'
import classes from './RunScreen.module.css'
import { openRaw, saveRaw } from './raw-log.ts'
import type { Folds } from './use-folds.ts'
import type { Hits } from './use-log-find.ts'

/** What can be done with a log: search it, choose an attempt, look at it otherwise, keep it. */
export function LogTools({
  run,
  book,
  folds,
  hits,
  errors,
  at,
  onJump,
}: {
  readonly run: RunWithAttempts
  readonly book: LogBook
  readonly folds: Folds
  readonly hits: Hits
  readonly errors: readonly number[]
  /** The line that is marked. */
  readonly at: number
  readonly onJump: (lines: readonly number[], direction: 1 | -1) => void
}) {
  const search = useSearch({ from: '/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const shown = search.attempt ?? book.attempt
  const neighbour = neighbourOf(run.attempts, shown)
  const set = (change: typeof search): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  return (
    <div className={classes.tools}>
      <SearchBox
        label="Search the whole log"
        value={search.find ?? ''}
        onChange={(find) => set({ find: find || undefined })}
      />
      <Button
        size="xs"
        variant={search.regex ? 'light' : 'default'}
        aria-pressed={search.regex === true}
        onClick={() => set({ regex: search.regex ? undefined : true })}
        title="Search by a regular expression (RE2)"
      >
        .*
      </Button>
      {search.find !== undefined && <HitCount hits={hits} at={at} onJump={onJump} />}
      {errors.length > 0 && search.find === undefined && (
        <Button size="xs" variant="default" onClick={() => onJump(errors, 1)}>
          Next error ({number(errors.length)})
        </Button>
      )}
      <span className={classes.space} />
      <span className="dim number">{counted(book.total, 'line')}</span>
      {run.attempts.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Attempt"
          value={String(search.attempt ?? book.attempt)}
          data={run.attempts.map(({ attempt, outcome }) => ({
            value: String(attempt),
            label: `Attempt ${attempt}: ${outcome ?? 'running'}`,
          }))}
          onChange={({ currentTarget }) => set({ attempt: Number(currentTarget.value), line: undefined })}
        />
      )}
      {neighbour !== null && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            // The earlier one stands on the left.
            const [attempt, beside] = [shown, neighbour].toSorted((a, b) => a - b)
            set({ attempt, beside })
          }}
        >
          Compare
        </Button>
      )}
      <Looks run={run} folds={folds} stream={search.stream ?? null} onStream={(stream) => set({ stream })} />
    </div>
  )
}

function HitCount({
  hits,
  at,
  onJump,
}: {
  readonly hits: Hits
  readonly at: number
  readonly onJump: (lines: readonly number[], direction: 1 | -1) => void
}) {
  const place = hits.lines.indexOf(at) + 1
  const count = hits.isLoading
    ? 'Searching…'
    : hits.total === 0
      ? 'Not found'
      : `${place === 0 ? '' : `${number(place)} of `}${number(hits.total)}`
  return (
    <>
      <span className="number" role="status">
        {hits.error?.message ?? count}
      </span>
      <ActionIcon aria-label="Previous hit" disabled={hits.total === 0} onClick={() => onJump(hits.lines, -1)}>
        <IconChevronUp size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="Next hit" disabled={hits.total === 0} onClick={() => onJump(hits.lines, 1)}>
        <IconChevronDown size={16} aria-hidden />
      </ActionIcon>
    </>
  )
}

const streams = [
  { stream: undefined, label: 'Both streams' },
  { stream: 'stdout', label: 'Only stdout' },
  { stream: 'stderr', label: 'Only stderr' },
] as const

function Looks({
  run,
  folds,
  stream,
  onStream,
}: {
  readonly run: RunWithAttempts
  readonly folds: Folds
  readonly stream: 'stdout' | 'stderr' | null
  readonly onStream: (stream: 'stdout' | 'stderr' | undefined) => void
}) {
  const hydra = useHydra()
  const { log } = useSettings()
  const change = (looks: Partial<typeof log>): void => changeSettings({ log: { ...log, ...looks } })
  return (
    <Menu position="bottom-end" width={220} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon aria-label="How the log is shown, and download">
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item rightSection={log.wrap && '✓'} onClick={() => change({ wrap: !log.wrap })}>
          Wrap long lines
        </Menu.Item>
        <Menu.Item rightSection={log.times && '✓'} onClick={() => change({ times: !log.times })}>
          Times
        </Menu.Item>
        <Menu.Divider />
        {streams.map((one) => (
          <Menu.Item
            key={one.label}
            rightSection={(one.stream ?? null) === stream && '✓'}
            onClick={() => onStream(one.stream)}
          >
            {one.label}
          </Menu.Item>
        ))}
        {folds.all.size > 0 && (
          <Menu.Item onClick={folds.closed.size === 0 ? folds.closeAll : folds.openAll}>
            {folds.closed.size === 0 ? 'Fold all groups' : 'Unfold all groups'}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => void openRaw(hydra, run._id).catch(tellFault)}>Open the raw log</Menu.Item>
        <Menu.Item onClick={() => void saveRaw(hydra, run._id).catch(tellFault)}>Download</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
