import { useEffect, useRef } from 'react'
import { number } from '../../parts/format.ts'
import { useSettings } from '../../settings/settings.ts'
import { useKeys } from '../../shell/keys.ts'
import { LogLine } from './LogLine.tsx'
import classes from './LogViewer.module.css'
import type { LineRange, LogGoal } from './log-goal.ts'
import type { Layout } from './log-layout.ts'
import { looksInto } from './log-looks.ts'
import type { Folds } from './use-folds.ts'
import type { Log } from './use-log.ts'
import { useLogScroll } from './use-log-scroll.ts'

const nothing = (): void => {}

/** A log of any length: only what is seen is in the document, and only what is near is fetched. */
export function LogViewer({
  log,
  goal,
  marked,
  find,
  layout,
  folds,
  label = 'Log',
  onPick = nothing,
}: {
  readonly log: Log
  readonly goal: LogGoal | null
  readonly marked: LineRange | null
  readonly find: RegExp | null
  readonly layout: Layout
  readonly folds: Folds
  readonly label?: string
  /** A line's number was chosen; with Shift up to it. */
  readonly onPick?: (line: number, extend: boolean) => void
}) {
  const { book, want } = log
  const { log: looks } = useSettings()
  const scroller = useRef<HTMLDivElement>(null)
  const { total, version } = book
  const { lineAt, placeOf } = layout
  const aim = goal && { line: placeOf(goal.line), at: goal.at }
  const { virtual, first, isFollowing, unseen, toEnd, handlers } = useLogScroll(scroller, layout.total, aim, lineAt)
  // Of two beside each other neither is meant.
  useKeys('Log', onPick === nothing ? [] : [{ keys: 'End', label: 'To the end, and follow', run: toEnd }])
  const items = virtual.getVirtualItems()
  const [from, to] = [lineAt(first + (items[0]?.index ?? 0)), lineAt(first + (items.at(-1)?.index ?? 0))]
  // The version, too: what was missing may have come, and what has come may leave a gap.
  useEffect(() => {
    if (version > 0 && total > 0) want(from, to)
  }, [want, from, to, total, version])
  const looksOf = looksInto(book, from, to)
  const style = { '--gutter': `${String(Math.max(total, 999)).length + 1}ch` }
  return (
    <div className={classes.frame} style={style} data-wrap={looks.wrap || undefined}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={-1}
        {...handlers}
      >
        <div style={{ height: virtual.getTotalSize() }} className={classes.lines}>
          {items.map(({ key, index, start }) => {
            const n = lineAt(first + index)
            const line = book.line(n)
            const fold = folds.all.get(n)
            return (
              <LogLine
                key={key}
                n={n}
                line={line}
                at={index}
                start={start}
                measure={virtual.measureElement}
                find={find}
                looks={looksOf.get(n) ?? ''}
                hides={fold?.count ?? null}
                isClosed={folds.closed.has(n)}
                onFold={folds.toggle}
                isMarked={marked !== null && n >= marked.from && n <= marked.to}
                times={looks.times}
                onPick={onPick}
              />
            )
          })}
        </div>
      </div>
      {!isFollowing && total > 0 && (
        <button type="button" className={classes.toEnd} onClick={toEnd}>
          {unseen > 0 ? `${number(unseen)} new lines, to the end` : 'To the end'}
        </button>
      )}
    </div>
  )
}
