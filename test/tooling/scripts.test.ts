import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a file, or a module's text, with this Node; npm's variables are kept from it. */
function node(args: readonly string[], cwd = root): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('on a Node that is too old', () => {
  test.each(['start', 'test', 'build'])('%s says so in one sentence and ends with 1', (name) => {
    const script = pathToFileURL(join(root, 'scripts', `${name}.mjs`)).href
    const pretended = `Object.defineProperty(process, 'version', { value: 'v22.18.0' }); await import('${script}')`
    const { code, out, err } = node(['--input-type=module', '--eval', pretended])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^hydra-jobs needs Node 22\.19 or newer, and this is 22\.18\.0; .*ignore-scripts\.\n$/)
  })

  test('the version that is asked for is that of package.json', () => {
    const { engines }: { engines: { node: string } } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(engines.node).toBe('>=22.19')
  })
})

describe('start', () => {
  let folder = ''
  const main = () => join(folder, 'src', 'cli', 'main.ts')
  const start = (...args: string[]) => node([join(folder, 'scripts', 'start.mjs'), ...args], folder)

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hydra-start-')))
    for (const name of ['scripts', 'package.json', 'tsconfig.json', 'tsconfig.base.json'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    mkdirSync(join(folder, 'src', 'cli'), { recursive: true })
    writeFileSync(main(), 'const args: string[] = process.argv.slice(2)\nconsole.log(JSON.stringify(args))\n')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('builds what is not built, says so, and is hydra up with the same arguments', () => {
    expect(start('--port', '0')).toEqual({ code: 0, out: '["up","--port","0"]\n', err: 'building…\n' })
  })

  test('builds nothing where nothing has changed', () => {
    expect(start()).toEqual({ code: 0, out: '["up"]\n', err: '' })
  })

  test('builds anew when a source is newer', () => {
    writeFileSync(main(), 'console.log("changed")\n')
    const later = Date.now() / 1000 + 2
    utimesSync(main(), later, later)
    expect(start()).toMatchObject({ code: 0, out: 'changed\n', err: 'building…\n' })
  })

  test('starts nothing when the build fails', () => {
    writeFileSync(main(), 'const port: number = "eighty"\nconsole.log(port)\n')
    const { code, out, err } = start()
    expect(code).toBe(1)
    expect(out).toContain('src/cli/main.ts')
    expect(out).not.toContain('eighty\n')
    expect(err).toBe('building…\nThe build failed; nothing was started.\n')
    expect(start().code).toBe(1)
  })
})

test('the lock names no registry and knows the packages of every platform', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
  expect(text).not.toContain('"resolved"')
  const { packages }: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(text)
  const named = Object.values(packages).flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
  expect(named.filter((name) => !(`node_modules/${name}` in packages))).toEqual([])
})
