import {
  type Icon,
  IconActivity,
  IconBriefcase,
  IconHome,
  IconListDetails,
  IconServer2,
  IconShieldLock,
  IconStack2,
} from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useWho } from '../api/hydra.tsx'
import { useKeys } from './keys.ts'
import classes from './Shell.module.css'

/** The screens, by the letter that follows `g`. A new one is a line here. */
export const places = [
  { to: '/', label: 'Overview', key: 'o', icon: IconHome, admin: false },
  { to: '/jobs', label: 'Jobs', key: 'j', icon: IconBriefcase, admin: false },
  { to: '/runs', label: 'Runs', key: 'r', icon: IconListDetails, admin: false },
  { to: '/queue', label: 'Queue', key: 'q', icon: IconStack2, admin: false },
  { to: '/workers', label: 'Workers', key: 'w', icon: IconServer2, admin: false },
  { to: '/events', label: 'Events', key: 'e', icon: IconActivity, admin: false },
  { to: '/admin', label: 'Admin', key: 'a', icon: IconShieldLock, admin: false },
] as const satisfies readonly {
  readonly to: string
  readonly label: string
  readonly key: string
  readonly icon: Icon
  readonly admin: boolean
}[]

/** Those that who is signed in may see. */
export function usePlaces() {
  const { role } = useWho()
  return places.filter(({ admin }) => !admin || role === 'admin')
}

export function useGoKeys(): void {
  const navigate = useNavigate()
  useKeys(
    'Go to',
    usePlaces().map(({ to, label, key }) => ({ keys: `g ${key}`, label, run: () => void navigate({ to }) })),
  )
}

export function MainNav() {
  return (
    <nav className={classes.nav} aria-label="Main">
      {usePlaces().map(({ to, label, icon: Shape }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={classes.place}>
          <Shape size={18} stroke={1.8} aria-hidden />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  )
}
