import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callOf } from './self.ts'

let folder: string
const at = (...names: readonly string[]): string => join(folder, ...names)
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'hydra-self-')))
  for (const name of ['old', 'new', 'bin']) mkdirSync(at(name))
  for (const file of [at('old', 'node'), at('new', 'node'), at('main.js')]) writeFileSync(file, '')
  symlinkSync(at('main.js'), at('bin', 'hydra'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const call = (file: string, searchPath: readonly string[], byNpm = false): string =>
  callOf({ byNpm, searchPath }, { file, node: at('new', 'node') })

test('a hint names the program so that the shell here runs it, with the Node that runs and no older one', () => {
  const script = at('main.js')
  expect(call(script, [at('old')])).toBe(`${at('new', 'node')} ${script}`)
  expect(call(script, [at('old'), at('new')])).toBe(`${at('new', 'node')} ${script}`)
  expect(call(script, [at('bin'), at('new')])).toBe(`node ${script}`)
  expect(call(script, [], true)).toBe('npx hydra')
})

test('the bare name is said only where it is found', () => {
  expect(call(at('bin', 'hydra'), [at('old'), at('bin')])).toBe('hydra')
  expect(call(at('bin', 'hydra'), [at('old')])).toBe(`${at('new', 'node')} ${at('bin', 'hydra')}`)
})
