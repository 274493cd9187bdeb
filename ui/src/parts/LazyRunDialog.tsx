import { lazy, Suspense } from 'react'
import type { RunDialog as Whole } from './RunDialog.tsx'

const Loaded = lazy(() => import('./RunDialog.tsx').then((part) => ({ default: part.RunDialog })))

/** Loaded when it is opened: with its fields and editor it is larger than the screens that have its button. */
export function RunDialog(wish: Parameters<typeof Whole>[0]) {
  return (
    <Suspense fallback={null}>
      <Loaded {...wish} />
    </Suspense>
  )
}
