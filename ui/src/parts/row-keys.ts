import { useEffect, useState } from 'react'
import { useKeys } from '../shell/keys.ts'

/** `j` and `k` go from row to row, by the focus itself: Enter then opens what has it, as everywhere. */
export function useRowKeys(
  count: number,
  scroller: { readonly current: HTMLDivElement | null },
  show: (at: number) => void,
  select: (at: number) => void,
): void {
  const [wanted, setWanted] = useState<number | null>(null)
  useEffect(() => {
    if (wanted === null) return
    show(wanted)
    const frame = requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${wanted}"] [data-row-link]`)?.focus()
      setWanted(null)
    })
    return () => cancelAnimationFrame(frame)
  })
  const current = (): number =>
    Number(document.activeElement?.closest('[data-index]')?.getAttribute('data-index') ?? -1)
  useKeys('List', [
    { keys: 'j', label: 'Next row', run: () => setWanted(Math.min(count - 1, current() + 1)) },
    { keys: 'k', label: 'Previous row', run: () => setWanted(Math.max(0, current() - 1)) },
    { keys: 'x', label: 'Select the row', run: () => select(current()) },
  ])
}
