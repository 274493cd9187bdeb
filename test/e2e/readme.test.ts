import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shell } from './command.ts'
import { adminToken, RealServer, until } from './server.ts'

let server: RealServer
beforeAll(async () => {
  server = await RealServer.start()
})
afterAll(() => server.clean())

test("the README's examples do what it says", async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, commands = '', example = ''] = [...readme.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')
  const called = await shell(commands.replaceAll('npx hydra', 'hydra'), {
    API_BASE: server.url,
    API_TOKEN: adminToken,
  }).ended()
  expect(called).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hello\n.*\tsuccess\t.*\nhello\nhello\n/s) })
  const code = example.replaceAll(/^export API_.*$/gm, '')
  expect(code).toContain('curl')
  const env = { PATH: process.env.PATH ?? '', API_BASE: server.url, API_TOKEN: adminToken }
  // The stream is left by its own limit of time, which curl ends with 28.
  const { stdout } = await promisify(execFile)('bash', ['-c', `${code}\n[ $? -eq 28 ]`], { env })
  expect(stdout).toContain('"name":"hello"')
  expect(stdout).toContain('"name":"often"')
  for (const name of ['hello', 'often']) {
    const [job] = (await server.call('GET', `/jobs/?q=${name}`)).json
    const run = await until('its run', async () => (await server.call('GET', `/jobs/${job._id}/runs`)).json[0])
    expect(await server.runIs(run._id)).toMatchObject({ status: 'success', stdout: 'hello\n' })
    expect((await server.call('GET', `/runs/${run._id}/explain`)).status).toBe(200)
  }
})

test('the examples of docs/schedules.md do what it says', async () => {
  const page = readFileSync(new URL('../../docs/schedules.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')
  const env = { PATH: process.env.PATH ?? '', API_BASE: server.url, API_TOKEN: adminToken }
  const { stdout } = await promisify(execFile)('bash', ['-c', examples.join('echo\n')], { env })
  const [job = '', preview = '', ledger = ''] = stdout.replaceAll('}{', '}\n{').split('\n')
  const { name, schedule } = JSON.parse(job)
  expect({ name, schedule }).toMatchObject({
    name: 'nightly',
    schedule: { overlap: 'replace', timezone: 'Europe/Berlin' },
  })
  expect(JSON.parse(preview).ticks).toHaveLength(3)
  expect(JSON.parse(ledger)).toEqual([])
})

test('every variable of docs/settings.md is one that is read, and every one that is read stands there', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  )
  const source = readFileSync(new URL('../../src/runtime/config.ts', import.meta.url), 'utf8')
  const read = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'NO_COLOR' && name !== 'HYDRA_FAIL_POINT')
  // Some are read by servers and workers alike.
  expect([...new Set(documented)].sort()).toEqual([...new Set(read)].sort())
})
