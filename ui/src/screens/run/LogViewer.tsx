import { useEffect, useRef } from 'react'
import { number } from '../../parts/format.ts'
import { useSettings } from '../../settings/settings.ts'
import { LogLine } from './LogLine.tsx'
import classes from './LogViewer.module.css'
import type { LineRange, LogGoal } from './log-goal.ts'
import type { Log } from './use-log.ts'
import { useLogScroll } from './use-log-scroll.ts'

/** A log of any length: only what is seen is in the document, and only what is near is fetched. */
export function LogViewer({
  log,
  goal,
  marked,
  find,
  stream,
  onPick,
}: {
  readonly log: Log
  readonly goal: LogGoal | null
  readonly marked: LineRange | null
  readonly find: RegExp | null
  /** Lines of the other one step back. */
  readonly stream: 'stdout' | 'stderr' | null
  /** A line's number was chosen; with Shift up to it. */
  readonly onPick: (line: number, extend: boolean) => void
}) {
  const { book, want } = log
  const { log: looks } = useSettings()
  const scroller = useRef<HTMLDivElement>(null)
  const { total, version } = book
  const { virtual, first, isFollowing, unseen, toEnd, handlers } = useLogScroll(scroller, total, goal)
  const items = virtual.getVirtualItems()
  const [from, to] = [first + (items[0]?.index ?? 0), first + (items.at(-1)?.index ?? 0)]
  // The version, too: what was missing may have come, and what has come may leave a gap.
  useEffect(() => {
    if (version > 0 && total > 0) want(from, to)
  }, [want, from, to, total, version])
  const style = { '--gutter': `${String(Math.max(total, 999)).length + 1}ch` }
  return (
    <div className={classes.frame} style={style} data-wrap={looks.wrap || undefined}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-live="off"
        aria-label="Log"
        tabIndex={-1}
        {...handlers}
      >
        <div style={{ height: virtual.getTotalSize() }} className={classes.lines}>
          {items.map(({ key, index, start }) => {
            const n = first + index
            const line = book.line(n)
            return (
              <LogLine
                key={key}
                n={n}
                line={line}
                at={index}
                start={start}
                measure={virtual.measureElement}
                find={find}
                isFaded={stream !== null && line !== undefined && line.stream !== stream}
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
