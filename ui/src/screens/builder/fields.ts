/** A field of the form: a path in the definition, and how it is edited. What may stand there the server says. */
export interface Field {
  readonly path: string
  readonly label: string
  readonly kind: 'text' | 'number' | 'flag' | 'choice' | 'lines' | 'words' | 'pairs'
  readonly hint?: string
  readonly choices?: readonly { readonly value: string; readonly label: string }[]
  readonly isWide?: boolean
}

const words = (...values: readonly string[]) => values.map((value) => ({ value, label: value }))

/** @param choices how each value is called; the first is the default */
const choice = (path: string, label: string, choices: Readonly<Record<string, string>>): Field => ({
  path,
  label,
  kind: 'choice',
  choices: Object.entries(choices).map(([value, one]) => ({ value, label: one })),
})

export const executorTypes = [
  { value: 'shell', label: 'Shell script' },
  { value: 'python', label: 'Python code' },
  { value: 'external', label: 'Program' },
  { value: 'batch', label: 'Batch file (Windows)' },
] as const

/** What stands beside the script, by type of executor. */
export const executorFields: Readonly<Record<string, readonly Field[]>> = {
  shell: [
    { path: 'executor.shell', label: 'Shell', kind: 'text', hint: 'bash unless given; pwsh for PowerShell' },
    { path: 'executor.login', label: 'As a login shell', kind: 'flag' },
  ],
  batch: [{ path: 'executor.shell', label: 'Shell', kind: 'text', hint: 'cmd unless given' }],
  external: [],
  python: [
    { path: 'executor.interpreter', label: 'Interpreter', kind: 'text', hint: 'python3 unless given' },
    { path: 'executor.environment.type', label: 'Environment', kind: 'choice', choices: words('system', 'venv', 'uv') },
    { path: 'executor.environment.python_version', label: 'Python version', kind: 'text', hint: 'such as 3.11' },
    { path: 'executor.environment.requirements', label: 'Requirements', kind: 'lines', hint: 'one package a line' },
  ],
}

export const commonFields: readonly Field[] = [
  { path: 'executor.args', label: 'Arguments', kind: 'lines', hint: 'one a line' },
  { path: 'executor.env', label: 'Environment variables', kind: 'pairs', hint: 'NAME=value, one a line' },
  { path: 'executor.workdir', label: 'Folder', kind: 'text', hint: 'one of its own unless given' },
]

export const scheduleModes = [
  { value: 'immediate', label: 'Once, when it is submitted' },
  { value: 'interval', label: 'Every so often' },
  { value: 'cron', label: 'By a cron line' },
] as const

/** What a schedule has, by mode. */
export const scheduleFields: Readonly<Record<string, readonly Field[]>> = {
  immediate: [],
  interval: [{ path: 'schedule.interval_seconds', label: 'Every … seconds', kind: 'number' }],
  cron: [
    {
      path: 'schedule.cron',
      label: 'Cron line',
      kind: 'text',
      hint: 'minute hour day month weekday, such as 30 2 * * 1-5',
    },
  ],
}

export const plannedFields: readonly Field[] = [
  { path: 'schedule.timezone', label: 'Time zone', kind: 'text', hint: 'UTC unless given; such as Europe/Berlin' },
  { path: 'schedule.start_at', label: 'Not before', kind: 'text', hint: 'such as 2027-01-31T08:00Z' },
  { path: 'schedule.end_at', label: 'Not after', kind: 'text' },
  choice('schedule.overlap', 'When the one before still runs', {
    skip: 'skip this time',
    queue: 'wait for it',
    replace: 'cancel it',
    allow: 'run beside it',
  }),
  choice('schedule.misfire', 'Times missed while the server was down', {
    run_once: 'run once, late',
    run_all: 'run each, late',
    skip: 'leave them out',
  }),
  { path: 'schedule.jitter_seconds', label: 'Spread over … seconds', kind: 'number' },
  { path: 'schedule.enabled', label: 'Enabled', kind: 'flag' },
]

export const outcomeFields: readonly Field[] = [
  { path: 'completion.exit_codes', label: 'Exit codes of success', kind: 'words', hint: '0 unless given' },
  { path: 'timeout', label: 'Timeout of an attempt, seconds', kind: 'number', hint: '0: none' },
  { path: 'retries', label: 'Further attempts', kind: 'number' },
  { path: 'completion.stdout_contains', label: 'stdout must contain', kind: 'lines', hint: 'one text a line' },
  { path: 'completion.stdout_not_contains', label: 'stdout must not contain', kind: 'lines' },
  { path: 'completion.stderr_contains', label: 'stderr must contain', kind: 'lines' },
  { path: 'completion.stderr_not_contains', label: 'stderr must not contain', kind: 'lines' },
  choice('on_worker_lost', 'When its worker is lost', {
    requeue: 'run it again elsewhere',
    fail: 'it has failed: it must not run twice',
  }),
  { path: 'keep_runs', label: 'Runs that are kept', kind: 'number', hint: 'all within the retention unless given' },
]

export const placeFields: readonly Field[] = [
  { path: 'queue', label: 'Queue', kind: 'text', hint: 'default unless given' },
  { path: 'priority', label: 'Priority', kind: 'number', hint: '−1000 to 1000, higher first; 5 unless given' },
  { path: 'user', label: 'User', kind: 'text', hint: 'who it runs for: matched against what workers allow' },
  { path: 'affinity.os', label: 'Systems', kind: 'words', hint: 'linux, windows, darwin; none: any' },
  { path: 'affinity.tags', label: 'Tags', kind: 'words', hint: 'the worker must have each' },
  { path: 'affinity.hostnames', label: 'Hosts', kind: 'words' },
  { path: 'affinity.allowed_users', label: 'Allowed users', kind: 'words' },
  { path: 'affinity.subnets', label: 'Subnets', kind: 'words', hint: 'such as 10.1.2 or 10.1.0.0/16' },
  { path: 'affinity.deployment_types', label: 'Deployment types', kind: 'words' },
]

/** The paths that the form has a place for: what is wrong elsewhere is told above it. */
export const knownPaths: readonly string[] = [
  'name',
  'key',
  'executor.script',
  'executor.code',
  'executor.command',
  ...Object.values(executorFields).flat(),
  ...commonFields,
  ...Object.values(scheduleFields).flat(),
  ...plannedFields,
  ...outcomeFields,
  ...placeFields,
].map((field) => (typeof field === 'string' ? field : field.path))
