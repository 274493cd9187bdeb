import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
} from 'react'
import type { LogGoal } from './log-goal.ts'

/** Pixels of a line that is not wrapped. */
const lineHeight = 18

/**
 * Browsers end a page at about 17.9 million pixels (Firefox) or 33.5 (Chrome), which is less than a million lines: so many
 * lines are laid out at once, and the window moves when somebody comes near its edge.
 */
const longest = 200_000
const edge = 2000

/** Where the window begins that has a line well inside it. Pure. */
export function windowFor(line: number, total: number, first: number): number {
  if (total <= longest) return 1
  const isInside = line >= (first === 1 ? 1 : first + edge) && line < first + longest - edge
  if (isInside) return first
  return Math.max(1, Math.min(line - longest / 2, total - longest + 1))
}

type Align = 'start' | 'center' | 'end'

export interface LogScroll {
  readonly virtual: Virtualizer<HTMLDivElement, Element>
  /** The number of the first line that is laid out. */
  readonly first: number
  readonly isFollowing: boolean
  readonly unseen: number
  readonly toEnd: () => void
  readonly handlers: {
    readonly onWheel: (event: { readonly deltaY: number }) => void
    readonly onTouchMove: () => void
    readonly onKeyDown: (event: KeyboardEvent) => void
    readonly onPointerDown: (event: { readonly nativeEvent: PointerEvent }) => void
    readonly onScroll: () => void
  }
}

/**
 * Shows a line, follows the end until somebody looks elsewhere, and moves the window of lines. It counts the lines that are shown.
 * @param keyOf what is measured at a place, whatever comes to be hidden before it
 */
export function useLogScroll(
  scroller: RefObject<HTMLDivElement | null>,
  total: number,
  goal: LogGoal | null,
  keyOf: (place: number) => number,
): LogScroll {
  const [first, setFirst] = useState(1)
  const [isFollowing, setFollowing] = useState(goal === null)
  const [seen, setSeen] = useState(0)
  const wanted = useRef<{ readonly line: number; readonly align: Align } | null>(null)
  const [, draw] = useReducer((count: number) => count + 1, 0)
  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count: Math.max(0, Math.min(total - first + 1, longest)),
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    getItemKey: useCallback((at: number) => keyOf(first + at), [keyOf, first]),
    overscan: 25,
  })

  // Only who scrolls down by hand comes to follow again: the program's own scrolling ends at the end, too.
  const byHand = useRef(false)

  const show = useCallback(
    (line: number, align: Align) => {
      byHand.current = false
      wanted.current = { line, align }
      setFirst((before) => windowFor(line, total, before))
      // Also where the window stays: what is wanted is done after the next drawing.
      draw()
    },
    [total],
  )
  // After each drawing: by then the window has the line.
  useLayoutEffect(() => {
    if (wanted.current === null || total === 0) return
    const { line, align } = wanted.current
    wanted.current = null
    virtual.scrollToIndex(Math.min(line, total) - first, { align })
  })
  useLayoutEffect(() => {
    if (isFollowing && total > 0) show(total, 'end')
  }, [isFollowing, total, show])
  const goalAt = useRef(-1)
  useLayoutEffect(() => {
    if (goal === null || total === 0 || goalAt.current === goal.at) return
    goalAt.current = goal.at
    setFollowing(false)
    show(goal.line, 'center')
  }, [goal, total, show])
  useEffect(() => {
    if (isFollowing) setSeen(total)
  }, [isFollowing, total])
  const stop = useCallback(() => setFollowing(false), [])
  useStopOnSelection(scroller, stop)

  return {
    virtual,
    first,
    isFollowing,
    unseen: isFollowing ? 0 : total - seen,
    toEnd: () => setFollowing(true),
    handlers: {
      onWheel: ({ deltaY }) => {
        byHand.current = deltaY > 0
        if (deltaY < 0) stop()
      },
      onTouchMove: () => {
        byHand.current = true
        stop()
      },
      onKeyDown: ({ key }) => {
        byHand.current = ['ArrowDown', 'PageDown', ' '].includes(key)
        if (key === 'End') setFollowing(true)
        if (key === 'Home') show(1, 'start')
        if (['ArrowUp', 'PageUp', 'Home'].includes(key)) stop()
      },
      // On the scroll bar, which lies beside the lines.
      onPointerDown: ({ nativeEvent: { offsetX } }) => {
        if (offsetX <= (scroller.current?.clientWidth ?? Number.POSITIVE_INFINITY)) return
        byHand.current = true
        stop()
      },
      onScroll: () => {
        const { current } = scroller
        if (current === null || isFollowing) return
        // By where it stands now: what is drawn is still that of before.
        const at = virtual.getVirtualItemForOffset(current.scrollTop)?.index ?? 0
        const isLast = first + longest > total
        const isAtEnd = isLast && current.scrollHeight - current.scrollTop - current.clientHeight < 2
        if (isAtEnd && byHand.current) return setFollowing(true)
        const nearEdge = (first > 1 && at < edge) || (!isLast && at > longest - edge)
        if (nearEdge && wanted.current === null) show(first + at, 'start')
      },
    },
  }
}

/** Who selects something must keep it. */
function useStopOnSelection(scroller: RefObject<HTMLDivElement | null>, stop: () => void): void {
  useEffect(() => {
    const onSelect = (): void => {
      const selection = document.getSelection()
      if (selection === null || selection.isCollapsed || selection.anchorNode === null) return
      if (scroller.current?.contains(selection.anchorNode)) stop()
    }
    document.addEventListener('selectionchange', onSelect)
    return () => document.removeEventListener('selectionchange', onSelect)
  }, [scroller, stop])
}
