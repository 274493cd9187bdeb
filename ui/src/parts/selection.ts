import { useCallback, useMemo, useState } from 'react'

/** Rows that an act is to be done to. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  /** All that match the filter are meant, loaded or not. */
  readonly everything: boolean
  /** @param range all from the one before to this one */
  toggle(id: string, range: boolean): void
  setAll(ids: readonly string[]): void
  setEverything(): void
  clear(): void
}

interface State {
  readonly ids: ReadonlySet<string>
  readonly last: string | null
  readonly everything: boolean
}
const none: State = { ids: new Set(), last: null, everything: false }

/** @param order the ids of the list as it is shown, for ranges */
export function useSelection(order: readonly string[]): Selection {
  const [state, setState] = useState(none)
  const toggle = useCallback(
    (id: string, range: boolean) => setState((before) => toggled(before, id, range ? order : null)),
    [order],
  )
  return useMemo(
    () => ({
      ids: state.ids,
      everything: state.everything,
      toggle,
      setAll: (ids) => setState({ ids: new Set(ids), last: null, everything: false }),
      setEverything: () => setState((before) => ({ ...before, everything: true })),
      clear: () => setState(none),
    }),
    [state, toggle],
  )
}

/** Pure. @param order where a range is asked for */
function toggled({ ids, last }: State, id: string, order: readonly string[] | null): State {
  const next = new Set(ids)
  const [from, to] = [order?.indexOf(last ?? '') ?? -1, order?.indexOf(id) ?? -1]
  if (order && from >= 0 && to >= 0)
    for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one)
  else if (next.has(id)) next.delete(id)
  else next.add(id)
  return { ids: next, last: id, everything: false }
}
