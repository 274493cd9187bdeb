import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { counted } from '../../parts/format.ts'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { useKeys } from '../../shell/keys.ts'
import { LogTools } from './LogTools.tsx'
import { LogViewer } from './LogViewer.tsx'
import type { LineRange, LogGoal } from './log-goal.ts'
import { markPattern } from './log-text.ts'
import classes from './RunScreen.module.css'
import { useFolds, useLayout } from './use-folds.ts'
import { useLog } from './use-log.ts'
import { nextLine, useErrorLines, useLogFind } from './use-log-find.ts'

/** The log of a run: live and whole; what is looked at stands in the address. */
export function RunLog({ run }: { readonly run: RunWithAttempts }) {
  const search = useSearch({ from: '/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const { attempt = null, find = '', regex = false, stream = null } = search
  const log = useLog(run._id, attempt)
  const { book } = log
  const folds = useFolds(run._id, book)
  const layout = useLayout(book, folds, stream)
  const marked = useMemo(() => rangeIn(search.line), [search.line])
  const [goal, setGoal] = useState<LogGoal | null>(() => (marked === null ? null : { line: marked.from, at: 0 }))
  const goTo = useCallback((line: number) => setGoal((before) => ({ line, at: (before?.at ?? 0) + 1 })), [])
  const hits = useLogFind(run._id, book, find, regex, stream)
  const errors = useErrorLines(run, book, stream)
  useFirstError(errors, log.isOpen && search.line === undefined && find === '', goTo)
  const pattern = useMemo(() => markPattern(find, regex), [find, regex])

  const jump = (lines: readonly number[], direction: 1 | -1): void => {
    const from = marked?.from ?? goal?.line ?? 0
    const line = nextLine(lines, from, direction)
    if (line === null) return
    folds.reveal(line)
    goTo(line)
    void navigate({ search: (before) => ({ ...before, line: String(line) }), replace: true })
  }
  const pick = useCallback(
    (line: number, extend: boolean) =>
      void navigate({ search: (before) => ({ ...before, line: extendTo(before.line, line, extend) }), replace: true }),
    [navigate],
  )
  const told = useCountTold(book.total, book.complete)
  useKeys('Log', [
    { keys: 'n', label: 'Next hit', run: () => jump(hits.lines, 1) },
    { keys: 'N', label: 'Previous hit', run: () => jump(hits.lines, -1) },
    { keys: 'e', label: 'Next error', run: () => jump(errors ?? [], 1) },
  ])

  return (
    <section className={classes.log} aria-label="Log of the run">
      <LogTools
        run={run}
        book={book}
        folds={folds}
        hits={hits}
        errors={errors ?? []}
        at={marked?.from ?? 0}
        onJump={jump}
      />
      {log.error !== null && !log.isOpen && <Fault error={log.error} />}
      {!log.isOpen && log.error === null && <Loading rows={6} label="Loading the log" />}
      {log.isOpen && book.total === 0 && <NoLines run={run} />}
      {log.isOpen && book.total > 0 && (
        <LogViewer
          log={log}
          goal={goal}
          marked={marked ?? (goal && { from: goal.line, to: goal.line })}
          find={pattern}
          layout={layout}
          folds={folds}
          onPick={pick}
        />
      )}
      <p className="hidden" role="status">
        {told}
      </p>
    </section>
  )
}

/** How often who listens instead of looking hears how much there is. ms */
const toldEvery = 15_000

/** A count in words, for who does not see the log: lines that come are not read out. */
function useCountTold(total: number, isComplete: boolean): string {
  const latest = useRef(total)
  const [told, setTold] = useState(0)
  useEffect(() => {
    latest.current = total
  }, [total])
  useEffect(() => {
    if (isComplete) return
    const timer = setInterval(() => setTold(latest.current), toldEvery)
    return () => clearInterval(timer)
  }, [isComplete])
  if (isComplete) return `The log is complete, ${counted(total, 'line')}.`
  return told === 0 ? '' : `${counted(told, 'line')} so far.`
}

function NoLines({ run }: { readonly run: RunWithAttempts }) {
  if (run.end_ts !== null)
    return <Empty title="It wrote nothing">What a job writes to stdout and stderr stands here.</Empty>
  return <Empty title="Nothing written yet">What it writes appears here as it comes.</Empty>
}

/** `120`, `120-130`. */
function rangeIn(text: string | undefined): LineRange | null {
  if (text === undefined) return null
  const [one = 1, other = one] = text.split('-').map(Number)
  return { from: Math.min(one, other), to: Math.max(one, other) }
}

function extendTo(before: string | undefined, line: number, extend: boolean): string {
  const range = rangeIn(before)
  if (!extend || range === null) return String(line)
  return line < range.from ? `${line}-${range.to}` : `${range.from}-${line}`
}

/** A failed run opens at its first error; once, and only where nothing else was asked for. */
function useFirstError(errors: readonly number[] | null, isWanted: boolean, goTo: (line: number) => void): void {
  const done = useRef(false)
  useEffect(() => {
    if (done.current || errors === null || !isWanted) return
    const [first] = errors
    if (first === undefined) return
    done.current = true
    goTo(first)
  }, [errors, isWanted, goTo])
}
