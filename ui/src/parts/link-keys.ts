import { useKeys } from '../shell/keys.ts'

/** `j` and `k` go from one `data-row-link` to the next, by the focus itself: Enter then opens what has it. @param what one of them is */
export function useLinkKeys(place: { readonly current: HTMLElement | null }, what: string): void {
  const step = (by: number): void => {
    const links = [...(place.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
    const { activeElement } = document
    const at = activeElement instanceof HTMLElement ? links.indexOf(activeElement) : -1
    const next = links[Math.min(links.length - 1, Math.max(0, at + by))]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  useKeys('List', [
    { keys: 'j', label: `Next ${what}`, run: () => step(1) },
    { keys: 'k', label: `Previous ${what}`, run: () => step(-1) },
  ])
}
