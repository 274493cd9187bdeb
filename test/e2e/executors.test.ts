import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Json, RealServer, until } from './server.ts'

let server: RealServer
beforeAll(async () => {
  server = await RealServer.start()
})
afterAll(() => server.clean())

/** Submits a job of this executor, and waits for the end of its run. */
async function ran(executor: Json) {
  const made = await server.call('POST', '/jobs/', { name: 'executor', executor })
  if (made.status !== 201) throw new Error(made.text)
  const run = await until('its run', async () => (await server.call('GET', `/jobs/${made.json._id}/runs`)).json[0])
  return server.runIs(run._id)
}

/** What attempts have left in the worker's folder of temporary things. */
const scripts = (): string[] =>
  readdirSync(join(server.folder, 'workers')).flatMap((worker) =>
    readdirSync(join(server.folder, 'workers', worker, 'tmp')).filter((name) => name.endsWith('.script')),
  )

test('a script of 900 kB runs, with its name and arguments as any other, and leaves no file', async () => {
  const script = `#${'x'.repeat(900_000)}\nprintf '%s|' "$0" "$@"; ls -A; exit 3`
  const run = await ran({ type: 'shell', script, args: ['a b', ''] })
  expect(run).toMatchObject({ status: 'failed', returncode: 3, stdout: 'bash|a b||', stderr: '' })
  const again = await ran({ type: 'shell', shell: 'sh', login: true, script })
  expect(again.stdout).toBe('sh|')
  expect(scripts()).toEqual([])
})

test('a batch job waits for a worker that has cmd, and explain says so', async () => {
  const made = await server.call('POST', '/jobs/', { name: 'batch', executor: { type: 'batch', script: 'dir' } })
  const [run] = (await server.call('GET', `/jobs/${made.json._id}/runs`)).json
  expect(run.status).toBe('pending')
  const { summary } = (await server.call('GET', `/runs/${run._id}/explain`)).json
  expect(summary).toContain('does not offer batch jobs (hydra worker does where it finds cmd)')
  expect((await server.call('DELETE', `/jobs/${made.json._id}`)).json).toMatchObject({ cancelled: 1 })
})

function versionOfPython(): string | null {
  try {
    return /\d+\.\d+\.\d+/.exec(String(execFileSync('python3', ['--version'])))?.[0] ?? null
  } catch {
    return null
  }
}

const version = versionOfPython()
describe.skipIf(version === null)('python (needs python3)', () => {
  const python = (code: string, more: Json = {}) => ({ type: 'python', code, ...more })

  test('code gets its arguments, and the worker says that it has Python', async () => {
    const run = await ran(python('import sys; print(sys.argv[1:])', { args: ['a b', '$HOME'] }))
    expect(run).toMatchObject({ status: 'success', executor_type: 'python', stdout: "['a b', '$HOME']\n" })
    const [worker] = (await server.call('GET', '/workers/')).json
    expect(worker).toMatchObject({ python_version: version, tags: expect.arrayContaining(['python']) })
    expect(worker.capabilities).toContain('python')
  })

  test('code of 200 kB runs as any other: same arguments, same modules, nothing of ours beside it', async () => {
    const code = [
      `# ${'x'.repeat(200_000)}`,
      'given = sorted(name for name in globals() if not name.startswith("__"))',
      'import os, sys',
      'open("beside.py", "w").write("value = 7")',
      'import beside',
      'print(sys.argv, given, beside.value, "é", os.listdir("."))',
      'raise SystemExit(4)',
    ].join('\n')
    const run = await ran(python(code, { args: ['1'], env: { PYTHONDONTWRITEBYTECODE: '1' } }))
    expect(run).toMatchObject({ returncode: 4, stdout: "['-c', '1'] [] 7 é ['beside.py']\n", stderr: '' })
    expect(scripts()).toEqual([])
  })

  test('a version is found, or the run says which ones are there', async () => {
    const [major, minor] = (version ?? '').split('.')
    const of = (python_version: string) => ran(python('print("ran")', { environment: { python_version } }))
    for (const good of [`${major}.${minor}`, `python${major}.${minor}`, version ?? '', 'python3'])
      expect(await of(good)).toMatchObject({ status: 'success', stdout: 'ran\n' })
    expect(await of(`${major}.${minor}.99`)).toMatchObject({
      status: 'failed',
      returncode: null,
      completion_reason: expect.stringContaining(
        `cannot start: there is no Python ${major}.${minor}.99 on the worker's`,
      ),
    })
    expect(await ran(python('print()', { interpreter: 'python9' }))).toMatchObject({
      completion_reason: "cannot start: python9: no such file in the job's PATH",
    })
  })

  test('a syntax error is refused at submission, at a change and by validate, and stores nothing', async () => {
    const fault = 'executor.code: has a syntax error in line 2: invalid syntax'
    const wrong = { name: 'wrong', executor: python('x = 1\nx = = 1') }
    const before = (await server.call('GET', '/jobs/?q=wrong')).json
    for (const route of ['/jobs/', '/jobs/adhoc'])
      expect(await server.call('POST', route, wrong)).toMatchObject({ status: 422, json: { detail: fault } })
    expect((await server.call('POST', '/jobs/validate', wrong)).json).toMatchObject({ valid: false, errors: [fault] })
    expect((await server.call('GET', '/jobs/?q=wrong')).json).toEqual(before)
    const made = await server.call('POST', '/jobs/', { name: 'right', executor: python('x = 1') })
    const put = await server.call('PUT', `/jobs/${made.json._id}`, { executor: { code: 'print(' } })
    expect(put).toMatchObject({ status: 422, json: { detail: expect.stringContaining('line 1') } })
    const both = await server.call('POST', '/jobs/', { ...wrong, name: '' })
    expect(both.json.errors).toHaveLength(2)
  })
})
