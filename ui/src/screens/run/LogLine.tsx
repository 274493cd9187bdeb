import { memo } from 'react'
import { useZone } from '../../parts/Time.tsx'
import classes from './LogViewer.module.css'
import type { BookLine } from './log-book.ts'
import { type Piece, piecesOf } from './log-text.ts'

interface LogLineProps {
  readonly n: number
  /** Undefined while it is fetched. */
  readonly line: BookLine | undefined
  readonly at: number
  readonly start: number
  readonly measure: (element: Element | null) => void
  readonly find: RegExp | null
  readonly isFaded: boolean
  readonly isMarked: boolean
  readonly times: boolean
  readonly onPick: (line: number, extend: boolean) => void
}

/** A line with its number, which is a link to it. */
export const LogLine = memo(function LogLine(props: LogLineProps) {
  const { n, line, at, start, measure, find, isFaded, isMarked, times, onPick } = props
  return (
    <div
      ref={measure}
      data-index={at}
      data-line={n}
      className={classes.line}
      data-stream={line?.stream}
      data-faded={isFaded || undefined}
      data-marked={isMarked || undefined}
      style={{ transform: `translateY(${start}px)` }}
    >
      <button
        type="button"
        className={classes.number}
        aria-label={`Line ${n}`}
        tabIndex={-1}
        onClick={({ shiftKey }) => onPick(n, shiftKey)}
      >
        {n}
      </button>
      {times && <Moment ts={line?.ts} />}
      <span className={classes.text}>
        {line === undefined ? <span className={classes.waiting} /> : <Text line={line} find={find} />}
        {line?.cut === true && <em className="dim"> … cut: the raw log has all of it</em>}
      </span>
    </div>
  )
})

function Moment({ ts }: { readonly ts: number | undefined }) {
  const zone = useZone()
  if (ts === undefined) return <span className={classes.time} />
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' }).format(ts * 1000)
  return (
    <span className={classes.time} title={new Date(ts * 1000).toISOString()}>
      {time}
    </span>
  )
}

function Text({ line, find }: { readonly line: BookLine; readonly find: RegExp | null }) {
  let place = 0
  return piecesOf(line.text, find).map((piece) => {
    const key = place
    place += piece.text.length
    return <Part key={key} {...piece} />
  })
}

function Part({ text, look, color, background, href, hit }: Piece) {
  const style = {
    color: color === null ? undefined : `rgb(${color})`,
    background: background === null ? undefined : `rgb(${background})`,
  }
  const isPlain = look.length === 0 && color === null && background === null
  const shown = hit ? <mark>{text}</mark> : text
  const inside = isPlain ? (
    shown
  ) : (
    <span className={look.map(classOf).join(' ')} style={style}>
      {shown}
    </span>
  )
  if (href === null) return inside
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {inside}
    </a>
  )
}

const classOf = (look: string): string => classes[look] ?? ''
