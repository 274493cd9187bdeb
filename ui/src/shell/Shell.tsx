import { type ErrorComponentProps, Link, Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { ApiError } from '../../../src/client/index.ts'
import { loadAnew } from '../anew.ts'
import { Screen } from '../parts/Screen.tsx'
import { Empty, Fault } from '../parts/States.tsx'
import { Connection } from './Connection.tsx'
import { DomainSwitch } from './DomainSwitch.tsx'
import { DroppedNote } from './DroppedNote.tsx'
import { useKeyboard, useKeys } from './keys.ts'
import { MainNav, useGoKeys } from './MainNav.tsx'
import classes from './Shell.module.css'
import { TopActions } from './TopActions.tsx'
import { useTypedAhead } from './typed-ahead.ts'

const Palette = lazy(() => import('./Palette.tsx').then(({ Palette: component }) => ({ default: component })))
const KeySheet = lazy(() => import('./KeySheet.tsx').then(({ KeySheet: component }) => ({ default: component })))

/** What stands around every screen. */
export function Shell() {
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null)
  const [isReady, setReady] = useState(false)
  const typed = useTypedAhead(open === 'palette' && !isReady)
  const openPalette = (): void => {
    setReady(false)
    setOpen('palette')
  }
  useKeyboard()
  useGoKeys()
  useControlK(openPalette)
  useKeys('Everywhere', [{ keys: '?', label: 'Show these keys', run: () => setOpen('keys') }])
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <header className={classes.top}>
        <Link to="/" className={classes.brand} aria-label="hydra-jobs, overview">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={26} height={26} />
          <span>hydra-jobs</span>
        </Link>
        <DomainSwitch />
        <div className={classes.space} />
        <Connection />
        <TopActions onPalette={openPalette} onKeys={() => setOpen('keys')} />
      </header>
      <MainNav />
      <main id="main" className={classes.main} tabIndex={-1}>
        <DroppedNote />
        <Outlet />
      </main>
      <Suspense>
        {open === 'palette' && <Palette typed={typed} onReady={() => setReady(true)} onClose={() => setOpen(null)} />}
        {open === 'keys' && <KeySheet onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  )
}

/** Works inside inputs too: it types nothing. */
function useControlK(run: () => void): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  }, [run])
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

export function Missing() {
  return (
    <Screen title="hydra-jobs">
      <Empty title="There is no such page" action={<Link to="/">To the overview</Link>}>
        The address may be mistyped, or be that of another version.
      </Empty>
    </Screen>
  )
}

/** A screen that failed: the rest of the page goes on. */
export function Unexpected({ error }: ErrorComponentProps) {
  const told = error instanceof ApiError ? error : new Error(`This part of the page could not be shown (${error}).`)
  return <Fault error={told} onRetry={() => void loadAnew()} />
}
