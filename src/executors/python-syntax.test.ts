import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { Executor } from '../model/executor.ts'
import { PythonSyntax, programRunner, type RunProgram } from './python-syntax.ts'

const python = (code: string, more: object = {}) => Executor.parse({ type: 'python', code, ...more })
const asks = (version: string) => ({ environment: { python_version: version } })

/** A machine whose Python is 3.11 and answers this of every code. */
const saying = (said: string | null, calls: string[] = []): RunProgram => {
  return async (_file, args, input) => {
    if (args.at(-1)?.includes('version_info')) return '/usr/bin/python3.11\n3\n11\n'
    calls.push(input)
    return said
  }
}

describe('what the check makes of an answer', () => {
  test('a fault names the line and the reason', async () => {
    const { faults } = new PythonSyntax(saying("3\n'(' was never closed"))
    expect(await faults(python('x'))).toEqual([
      { path: 'executor.code', message: "has a syntax error in line 3: '(' was never closed" },
    ])
  })

  test('no answer, or none that is understood, is no fault', async () => {
    for (const said of [null, '', 'ok\n', 'Traceback'])
      expect(await new PythonSyntax(saying(said)).faults(python('x'))).toEqual([])
  })

  test('a machine without Python accepts everything', async () => {
    expect(await new PythonSyntax(async () => null).faults(python('x = ='))).toEqual([])
  })

  test('code that was judged is not judged again, nor twice at once', async () => {
    const calls: string[] = []
    const { faults } = new PythonSyntax(saying('1\ninvalid syntax', calls))
    await Promise.all([faults(python('a b')), faults(python('a b'))])
    expect(await faults(python('a b'))).toHaveLength(1)
    expect(calls).toEqual(['a b'])
  })

  test('at most two are looked at side by side', async () => {
    const waiting: ((said: string) => void)[] = []
    let most = 0
    const { faults } = new PythonSyntax((_file, args) => {
      if (args.at(-1)?.includes('version_info')) return Promise.resolve('python3\n3\n11')
      return new Promise((resolve) => {
        most = Math.max(most, waiting.push(resolve))
      })
    })
    const all = ['a', 'b', 'c', 'd', 'e'].map((code) => faults(python(code)))
    let left = all.length
    while (left > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = waiting.shift()
      next?.('ok')
      if (next) left -= 1
    }
    await Promise.all(all)
    expect(most).toBe(2)
  })
})

test.each([
  ['any 3', {}, true],
  ['3.8', asks('3.8'), true],
  ['our own', asks('python3.11.2'), true],
  ['a newer one', asks('3.13'), false],
  ['an old one with other words', asks('3.6'), false],
  ['Python 2', asks('2.7'), false],
  ['python3 by its path', { interpreter: '/usr/bin/python3' }, true],
  ['a newer one by name', { interpreter: 'python3.12' }, false],
  ['another program', { interpreter: 'pypy3' }, false],
  ['whatever python is', { interpreter: 'python' }, false],
])('a Python 3.11 judges code for %s: %#', async (_name, more, isJudged) => {
  const found = await new PythonSyntax(saying('1\ninvalid syntax')).faults(python('x', more))
  expect(found.length > 0).toBe(isJudged)
})

test('code of other executors is not looked at', async () => {
  expect(await new PythonSyntax(saying('1\nx')).faults(Executor.parse({ type: 'shell', script: '(' }))).toEqual([])
})

describe('with the Python of this machine', () => {
  const environment = { PATH: process.env.PATH ?? '' }
  const isThere = (): boolean => {
    try {
      execFileSync('python3', ['--version'])
      return true
    } catch {
      return false
    }
  }

  test('errors are found that parsing or compiling finds, and nothing is executed', async (context) => {
    if (!isThere()) return context.skip('no python3 here')
    const { faults } = new PythonSyntax(programRunner(environment))
    const of = async (code: string) => (await faults(python(code)))[0]?.message
    expect(await of('x = 1\nif x\n  y')).toMatch(/^has a syntax error in line 2: /)
    expect(await of('x = 1\n  y = 2')).toMatch(/line 2: unexpected indent/)
    expect(await of('return 5')).toMatch(/line 1: 'return' outside function/)
    expect(await of('print("hé", sys.argv)\nimport no_such_module\nwhile True: pass')).toBe(undefined)
    expect(await of('# -*- coding: latin-1 -*-\nprint("é")')).toBe(undefined)
  })

  test('code that would need all memory to parse is accepted, soon', async (context) => {
    if (!isThere()) return context.skip('no python3 here')
    const { faults } = new PythonSyntax(programRunner(environment))
    expect(await faults(python(`x = ${'-'.repeat(300_000)}1`))).toEqual(expect.any(Array))
    expect(await faults(python('x = 1'))).toEqual([])
  })
})
