import { memo } from 'react'
import { counted } from '../../parts/format.ts'
import { useZone } from '../../parts/Time.tsx'
import classes from './LogViewer.module.css'
import type { BookLine } from './log-book.ts'
import { groupMarkOf } from './log-folds.ts'
import { looksFrom } from './log-looks.ts'
import { type Piece, piecesOf } from './log-text.ts'

interface LogLineProps {
  readonly n: number
  /** Undefined while it is fetched. */
  readonly line: BookLine | undefined
  readonly at: number
  readonly start: number
  readonly measure: (element: Element | null) => void
  readonly find: RegExp | null
  /** What earlier lines left on, as one text. */
  readonly looks: string
  /** How many lines the group holds that it begins; null: it begins none. */
  readonly hides: number | null
  readonly isClosed: boolean
  readonly onFold: (line: number) => void
  readonly isMarked: boolean
  readonly times: boolean
  readonly onPick: (line: number, extend: boolean) => void
}

/** A line with its number, which is a link to it. */
export const LogLine = memo(function LogLine(props: LogLineProps) {
  const { n, line, at, start, measure, find, looks, isMarked, times, onPick } = props
  return (
    <div
      ref={measure}
      data-index={at}
      data-line={n}
      className={classes.line}
      data-stream={line?.stream}
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
        {line === undefined ? <span className={classes.waiting} /> : null}
        {line !== undefined && props.hides !== null && <Head {...props} hides={props.hides} text={line.text} />}
        {line !== undefined && props.hides === null && <Text text={line.text} find={find} looks={looks} />}
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

/** The name of a group, which opens and closes it. */
function Head({
  n,
  text,
  find,
  looks,
  hides,
  isClosed,
  onFold,
}: LogLineProps & { readonly text: string; readonly hides: number }) {
  const mark = groupMarkOf(text)
  const name = mark?.begins === true && mark.name !== '' ? mark.name : 'Group'
  return (
    <button type="button" className={classes.fold} aria-expanded={!isClosed} onClick={() => onFold(n)}>
      <span aria-hidden>{isClosed ? '▸' : '▾'} </span>
      <Text text={name} find={find} looks={looks} />
      {isClosed && <span className={classes.folded}> {counted(hides, 'line')}</span>}
    </button>
  )
}

function Text({ text, find, looks }: { readonly text: string; readonly find: RegExp | null; readonly looks: string }) {
  let place = 0
  return piecesOf(text, find, looksFrom(looks)).map((piece) => {
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
