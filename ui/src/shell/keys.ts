import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useSettings } from '../settings/settings.ts'

/** What a key does here: `j`, `g j` for two in a row, `Shift+G`, `/`. */
export interface KeyAct {
  readonly keys: string
  readonly label: string
  readonly run: () => void
}

/** Keys under one heading of the sheet that `?` shows. */
interface Group {
  readonly title: string
  readonly acts: readonly KeyAct[]
}

let groups: readonly Group[] = []
const listeners = new Set<() => void>()

function become(next: readonly Group[]): void {
  groups = next
  for (const tell of listeners) tell()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** All keys that do something now. */
export const useKeyGroups = (): readonly Group[] => useSyncExternalStore(subscribe, () => groups)

/** Gives keys a meaning for as long as the component lives. What comes later wins. */
export function useKeys(title: string, acts: readonly KeyAct[]): void {
  const latest = useRef(acts)
  useEffect(() => {
    latest.current = acts
  }, [acts])
  const names = JSON.stringify(acts.map(({ keys, label }) => [keys, label]))
  useEffect(() => {
    const named: [string, string][] = JSON.parse(names)
    const run = (keys: string): void => latest.current.find((act) => act.keys === keys)?.run()
    const group: Group = { title, acts: named.map(([keys, label]) => ({ keys, label, run: () => run(keys) })) }
    become([...groups, group])
    return () => become(groups.filter((one) => one !== group))
  }, [title, names])
}

/** A first key of two is waited upon for so long. ms */
const sequencePatience = 1200

/** Listens for the keys of the whole page. Never inside what takes text, nor while a dialog or menu is open. */
export function useKeyboard(): void {
  const { keys: isOn } = useSettings()
  useEffect(() => {
    if (!isOn) return
    let first: { readonly key: string; readonly at: number } | null = null
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return
      const before = first !== null && event.timeStamp - first.at < sequencePatience ? `${first.key} ` : ''
      const act = findAct(before + event.key) ?? findAct(event.key)
      first = { key: event.key, at: event.timeStamp }
      if (act === undefined) return
      first = null
      event.preventDefault()
      act.run()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [isOn])
}

const findAct = (keys: string): KeyAct | undefined =>
  groups.flatMap(({ acts }) => acts).findLast((act) => act.keys === keys)

const typing = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable="true"]'

function isBusy(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest(typing) !== null) return true
  return document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') !== null
}
