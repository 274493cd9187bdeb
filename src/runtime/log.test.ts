import { expect, test } from 'vitest'
import { openLog } from './log.ts'
import { redact } from './redact.ts'

function logged(options: Partial<Parameters<typeof openLog>[0]> = {}) {
  const lines: string[] = []
  const log = openLog({ level: 'info', terminal: false, sink: { write: (line) => lines.push(line) }, ...options })
  return { log, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') }
}

test('a line is JSON with level, time and message, and the fields beside them', () => {
  const { log, lines, last } = logged()
  log.child({ part: 'tick' }).info('decided', { found: 3 })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/\n$/)
  expect(last()).toEqual({ level: 'info', time: expect.stringMatching(/Z$/), msg: 'decided', part: 'tick', found: 3 })
})

test('what is below the level is not written', () => {
  const { log, lines } = logged({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  expect(lines).toHaveLength(2)
})

test('a child adds to its parent, its own fields win, and no name stands twice', () => {
  const { log, lines, last } = logged()
  log.child({ part: 'a', domain: 'prod' }).child({ part: 'b' }).warn('x')
  expect(last()).toMatchObject({ part: 'b', domain: 'prod' })
  expect(lines[0]?.match(/"part"/g)).toHaveLength(1)
})

test('fields cannot replace level, time and message', () => {
  const { log, last } = logged()
  log.info('said', { level: 7, msg: 'other' })
  expect(last()).toMatchObject({ level: 'info', msg: 'said', level_: 7, msg_: 'other' })
})

test('an error is written with its code, its stack and its cause', () => {
  const { log, last } = logged()
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  log.error('lost', { error: new TypeError('no broker', { cause }) })
  expect(last()).toMatchObject({
    error: {
      type: 'TypeError',
      message: 'no broker',
      stack: expect.stringContaining('log.test.ts'),
      cause: { message: 'refused', code: 'ECONNREFUSED' },
    },
  })
})

test('tokens reach no line: not by name, not in a URL, not in a header, not in an error', () => {
  const { log, lines } = logged()
  const secret = 'Zm9vYmFyYmF6'
  log.info(`GET /events/stream?token=${secret}&x=1`, {
    url: `/runs/1/stream?x=1&token=${secret}`,
    headers: { 'x-api-key': secret, Authorization: `Bearer ${secret}`, accept: '*/*' },
    admin_token: secret,
    list: [`redis://user:${secret}@cache:6379/0`, { apiToken: secret }],
    sentence: `sent Bearer ${secret} to it`,
    error: new Error(`cannot reach mongodb://u:${secret}@db/x`),
  })
  expect(lines.join('')).not.toContain(secret)
  expect(lines.join('')).toContain('redis://user:[redacted]@cache:6379/0')
  expect(lines.join('')).toContain('/runs/1/stream?x=1&token=[redacted]')
})

test("a run's fencing token is a number and no secret", () => {
  expect(redact({ token: 4, slot_token: null })).toEqual({ token: 4, slot_token: null })
})

test('fields that contain themselves are cut, not followed for ever', () => {
  const loop: Record<string, unknown> = { name: 'a' }
  loop.self = loop
  const { log, lines } = logged()
  log.info('odd', { loop, big: 10n })
  expect(lines).toHaveLength(1)
})

test('for a terminal a line is readable, and a stack follows it', () => {
  const { log, lines } = logged({ terminal: true })
  log.child({ part: 'dispatch' }).warn('gave out', { runs: 3, to: 'w 1', error: new Error('late') })
  const text = lines.join('')
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}dispatch: gave out runs=3 to="w 1" error="late"\n {4}Error: late\n/,
  )
})

test('for a terminal nothing that is logged moves the cursor', () => {
  const { log, lines } = logged({ terminal: true })
  log.info('name \u001b[2J\n', { job: '\u001b[31mred' })
  expect(lines.join('').trimEnd()).not.toMatch(/\p{Cc}/u)
})
