import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { eventTypes, runStatuses } from '../../src/client/index.ts'
import { ageNames } from './screens/queue/ages.ts'
import { workerConditions } from './screens/workers/worker-condition.ts'
import {
  flag,
  lines,
  moment,
  month,
  oneOf,
  parseSearch,
  searchOf,
  someOf,
  text,
  whole,
  writeSearch,
} from './search/read.ts'
import { Missing, Shell, Unexpected } from './shell/Shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: Missing, errorComponent: Unexpected })

const jobSorts = ['name', 'created_at', 'updated_at', 'next_run_at', 'priority'] as const
const sorts = jobSorts.flatMap((by) => [by, `-${by}`] as const)
const modes = ['immediate', 'interval', 'cron'] as const
const tabs = ['runs', 'definition', 'versions', 'ticks'] as const

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: searchOf({ range: oneOf(['hour', 'day', 'week']), since: moment, until: moment }),
  component: lazyRouteComponent(() => import('./screens/overview/OverviewScreen.tsx'), 'OverviewScreen'),
})

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  validateSearch: searchOf({ q: text(200), mode: oneOf(modes), enabled: flag, queue: text(200), sort: oneOf(sorts) }),
  component: lazyRouteComponent(() => import('./screens/jobs/JobsScreen.tsx'), 'JobsScreen'),
})

const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  validateSearch: searchOf({ tab: oneOf(tabs), version: whole, month }),
  component: lazyRouteComponent(() => import('./screens/job/JobScreen.tsx'), 'JobScreen'),
})

const edit = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId/edit',
  component: lazyRouteComponent(() => import('./screens/builder/EditJobScreen.tsx'), 'EditJobScreen'),
})

const fresh = createRoute({
  getParentRoute: () => root,
  path: '/new',
  validateSearch: searchOf({ from: text(100) }),
  component: lazyRouteComponent(() => import('./screens/builder/NewJobScreen.tsx'), 'NewJobScreen'),
})

const imported = createRoute({
  getParentRoute: () => root,
  path: '/import',
  component: lazyRouteComponent(() => import('./screens/import/ImportScreen.tsx'), 'ImportScreen'),
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: searchOf({
    q: text(200),
    status: someOf(runStatuses),
    job_id: text(100),
    worker_id: text(100),
    user: text(200),
    since: moment,
    until: moment,
  }),
  component: lazyRouteComponent(() => import('./screens/runs/RunsScreen.tsx'), 'RunsScreen'),
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  validateSearch: searchOf({
    attempt: whole,
    beside: whole,
    line: lines,
    find: text(500),
    regex: flag,
    stream: oneOf(['stdout', 'stderr']),
  }),
  component: lazyRouteComponent(() => import('./screens/run/RunScreen.tsx'), 'RunScreen'),
})

const workers = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  validateSearch: searchOf({ q: text(200), state: oneOf(workerConditions), tag: text(200), queue: text(200) }),
  component: lazyRouteComponent(() => import('./screens/workers/WorkersScreen.tsx'), 'WorkersScreen'),
})

const worker = createRoute({
  getParentRoute: () => root,
  path: '/workers/$workerId',
  validateSearch: searchOf({ domain: text(100) }),
  component: lazyRouteComponent(() => import('./screens/worker/WorkerScreen.tsx'), 'WorkerScreen'),
})

const queue = createRoute({
  getParentRoute: () => root,
  path: '/queue',
  validateSearch: searchOf({
    tab: oneOf(['waiting', 'dead']),
    q: text(200),
    cause: text(500),
    age: oneOf(ageNames),
  }),
  component: lazyRouteComponent(() => import('./screens/queue/QueueScreen.tsx'), 'QueueScreen'),
})

const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: searchOf({ q: text(200), kind: oneOf(eventTypes), job_id: text(100), worker_id: text(100) }),
  component: lazyRouteComponent(() => import('./screens/events/EventsScreen.tsx'), 'EventsScreen'),
})

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  validateSearch: searchOf({
    tab: oneOf(['domains', 'tokens', 'audit']),
    domain: text(100),
    actor: text(100),
    object: text(200),
    age: oneOf(ageNames),
  }),
  component: lazyRouteComponent(() => import('./screens/admin/AdminScreen.tsx'), 'AdminScreen'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    jobs,
    job,
    edit,
    fresh,
    imported,
    runs,
    run,
    workers,
    worker,
    queue,
    events,
    admin,
  ]),
  basepath: '/ui',
  parseSearch,
  stringifySearch: writeSearch,
  // Inside the frame, which stays: one can go elsewhere.
  defaultErrorComponent: Unexpected,
  defaultPreload: 'intent',
  defaultPreloadDelay: 60,
  // What a screen shows is cached by its queries.
  defaultPreloadStaleTime: 0,
})

/** Fetches the programs of the screen that the address names, before it is shown. */
export function fetchScreen(): void {
  const [routes] = router.getMatchedRoutes(router.latestLocation.pathname)
  // What cannot be fetched is told of where it is shown.
  for (const { options } of routes) options.component?.preload?.()?.catch(() => {})
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
