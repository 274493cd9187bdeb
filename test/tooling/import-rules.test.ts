import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { checkImports } from '../../scripts/import-rules.mjs'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A tree of modules: each path with the paths that it imports, relative to itself. A module that is imported only is empty. */
function tree(modules: Record<string, readonly string[]>, statement = (from: string) => `import '${from}'`): string {
  const folder = mkdtempSync(join(tmpdir(), 'hydra-imports-'))
  folders.push(folder)
  for (const [path, imports] of Object.entries(modules)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), `${imports.map((from) => statement(from)).join('\n')}\nexport type Some = 1\n`)
  }
  return folder
}

const rulesBroken = async (folder: string): Promise<string[]> => {
  const { violations } = await checkImports(folder)
  return [...new Set(violations.map((line) => /: ([\w-]+)\. /.exec(line)?.[1] ?? line))].sort()
}

test('what the design allows passes', async () => {
  const folder = tree({
    'src/model/run.ts': [],
    'src/runtime/log.ts': [],
    'src/ports/store.ts': ['../model/run.ts'],
    'src/stores/sqlite/store.ts': ['../../ports/store.ts', '../../model/run.ts', '../../runtime/log.ts', '../rows.ts'],
    'src/stores/rows.ts': [],
    'src/stores/open.ts': ['./sqlite/store.ts'],
    'src/redis/keys.ts': [],
    'src/brokers/redis/broker.ts': ['../../redis/keys.ts', '../../ports/store.ts'],
    'src/scheduler/tick.ts': ['../ports/store.ts'],
    'src/http/server.ts': ['../scheduler/tick.ts'],
    'src/supervisor/messages.ts': [],
    'src/worker/agent.ts': ['../supervisor/messages.ts', '../ports/store.ts'],
    'src/cli/main.ts': ['../http/server.ts', '../worker/agent.ts', '../stores/open.ts'],
    'src/scheduler/tick.test.ts': ['./tick.ts', '../stores/open.ts'],
  })
  expect(await checkImports(folder)).toEqual({ modules: 14, violations: [] })
})

describe('what it forbids is reported', () => {
  test.each([
    ['a model that knows a store', 'src/model/run.ts', '../stores/open.ts', 'src/stores/open.ts', 'model-imports'],
    ['a client that loads schemas', 'src/client/a.ts', '../model/job.ts', 'src/model/job.ts', 'client-is-light'],
    ['a port that knows a driver', 'src/ports/store.ts', '../stores/open.ts', 'src/stores/open.ts', 'ports-imports'],
    [
      'a store that knows the scheduler',
      'src/stores/a.ts',
      '../scheduler/b.ts',
      'src/scheduler/b.ts',
      'stores-imports',
    ],
    [
      'a scheduler that knows a driver',
      'src/scheduler/a.ts',
      '../brokers/open.ts',
      'src/brokers/open.ts',
      'scheduler-imports',
    ],
    ['a route that goes to the ports', 'src/http/a.ts', '../ports/store.ts', 'src/ports/store.ts', 'http-imports'],
    [
      'a worker that knows how jobs are spawned',
      'src/worker/a.ts',
      '../supervisor/spawn.ts',
      'src/supervisor/spawn.ts',
      'worker-imports',
    ],
    [
      'a supervisor that knows the worker',
      'src/supervisor/a.ts',
      '../worker/b.ts',
      'src/worker/b.ts',
      'supervisor-imports',
    ],
    ['an executor that knows a port', 'src/executors/a.ts', '../ports/b.ts', 'src/ports/b.ts', 'executors-imports'],
    [
      'a part that reads the configuration',
      'src/scheduler/a.ts',
      '../runtime/config.ts',
      'src/runtime/config.ts',
      'scheduler-imports',
    ],
    ['a part that knows the command line', 'src/http/a.ts', '../cli/main.ts', 'src/cli/main.ts', 'http-imports'],
    [
      'a driver that knows another',
      'src/stores/mongo/a.ts',
      '../sqlite/b.ts',
      'src/stores/sqlite/b.ts',
      'driver-imports-driver',
    ],
    [
      'a driver of one file that knows another',
      'src/links/http.ts',
      './direct.ts',
      'src/links/direct.ts',
      'driver-imports-driver',
    ],
    ['a product that needs its tests', 'src/cli/a.ts', '../../test/b.ts', 'test/b.ts', 'product-imports-no-tests'],
    ['a page that knows the server', 'ui/src/a.ts', '../../src/model/b.ts', 'src/model/b.ts', 'ui-imports-client'],
    ['a part that has no line in the table', 'src/odd/a.ts', './b.ts', 'src/odd/b.ts', 'no-unknown-part'],
    ['a module that is not there', 'src/model/a.ts', './gone.ts', 'src/model/b.ts', 'resolvable'],
  ])('%s', async (_, path, from, other, rule) => {
    expect(await rulesBroken(tree({ [path]: [from], [other]: [] }))).toContain(rule)
  })

  test('modules that import each other', async () => {
    const folder = tree({ 'src/model/a.ts': ['./b.ts'], 'src/model/b.ts': ['./c.ts'], 'src/model/c.ts': ['./a.ts'] })
    expect(await rulesBroken(folder)).toEqual(['no-cycles'])
  })

  test('a model that uses Node', async () => {
    expect(await rulesBroken(tree({ 'src/model/a.ts': ['node:fs'] }))).toEqual(['model-is-pure'])
  })

  test.each([
    ['an import of types alone', (from: string) => `import type { Some } from '${from}'`],
    ['an import of a type by name', (from: string) => `import { type Some } from '${from}'`],
    ['an export from', (from: string) => `export * from '${from}'`],
    ['a dynamic import', (from: string) => `export const later = () => import('${from}')`],
  ])('%s counts', async (_, statement) => {
    const folder = tree({ 'src/model/a.ts': ['../stores/b.ts'], 'src/stores/b.ts': [] }, statement)
    expect(await rulesBroken(folder)).toEqual(['model-imports'])
  })
})

test('on the real tree every module is seen', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  expect(sources.length).toBeGreaterThan(0)
  expect((await checkImports(root)).modules).toBeGreaterThanOrEqual(sources.length)
})
