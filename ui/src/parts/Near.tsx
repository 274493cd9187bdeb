import { type ReactNode, useEffect, useRef, useState } from 'react'

/** What is this far from the window is there already. */
const margin = '700px'

/**
 * Draws what it holds while that is near what can be seen, and otherwise keeps its place: hundreds of cards cost as much as those
 * that are looked at.
 */
export function Near({
  className,
  atOnce,
  children,
}: {
  /** Must give the empty place its height. */
  readonly className: string | undefined
  /** Whether it is there from the first frame on. */
  readonly atOnce: boolean
  readonly children: ReactNode
}) {
  const place = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState<number | null>(null)
  const [isNear, setNear] = useState(atOnce)
  useEffect(() => {
    const { current } = place
    if (current === null) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry === undefined) return
        // What has the focus stays, wherever it is scrolled to.
        const isIn = entry.isIntersecting || current.contains(document.activeElement)
        if (!isIn) setHeight(current.offsetHeight)
        setNear(isIn)
      },
      { root: current.closest('main'), rootMargin: margin },
    )
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={place} className={className} {...(!isNear && height !== null && { style: { minHeight: height } })}>
      {isNear && children}
    </div>
  )
}
