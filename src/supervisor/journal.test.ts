import { mkdtempSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Journal } from './journal.ts'
import type { EndNote, Start } from './messages.ts'

const none = { stdout_contains: [], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] }
const aStart = (run_id: string, token = 1): Start => ({
  kind: 'start',
  ...{ run_id, token, job_id: 'job', domain: 'prod', attempt: 1, slot: 2, file: 'x', args: [], env: {}, cwd: null },
  ...{ script: null, verbatim: false, timeout: 0, grace: 0, log_limit: 0, needles: none },
})
const anEnd = (run_id: string, stdout = ''): EndNote => ({
  kind: 'ended',
  ...{ run_id, token: 1, cause: 'exit', returncode: 0, start_ts: 1, end_ts: 2, reason: '', seen: none },
  ...{ stdout, stderr: '', last_seq: 0, bytes: 0, dropped: 0 },
})
const aPath = (): string => join(mkdtempSync(join(tmpdir(), 'hydra-journal-')), 'journal')

test('the next one knows what was accepted, spawned, ended and done', () => {
  const path = aPath()
  const journal = new Journal(path, 'boot-1')
  for (const run of ['accepted', 'spawned', 'ended', 'done']) journal.accepted(aStart(run))
  for (const run_id of ['spawned', 'ended', 'done'])
    journal.spawned({ run_id, token: 1, pid: 5, start: 6, start_ts: 7 })
  for (const run of ['ended', 'done']) journal.ended(anEnd(run, 'text'))
  journal.done({ run_id: 'done', token: 1 })
  journal.flush()
  const next = new Journal(path, 'boot-2')
  expect(next.lastBoot).toBe('boot-1')
  expect([...next.held.keys()]).toEqual(['accepted:1', 'spawned:1', 'ended:1'])
  expect(next.held.get('accepted:1')).toMatchObject({
    accepted: { job_id: 'job', slot: 2 },
    spawned: null,
    ended: null,
  })
  expect(next.held.get('spawned:1')).toMatchObject({ spawned: { pid: 5, start: 6, start_ts: 7 }, ended: null })
  expect(next.held.get('ended:1')).toMatchObject({ ended: { stdout: 'text' } })
  expect(next.knows({ run_id: 'done', token: 1 })).toBe(true)
  expect(next.knows({ run_id: 'done', token: 2 })).toBe(false)
  next.settle()
  expect(new Journal(path, 'boot-3').lastBoot).toBe('boot-2')
})

test('a torn last line is as if never written', () => {
  const path = aPath()
  const journal = new Journal(path, 'boot')
  journal.accepted(aStart('whole'))
  journal.flush()
  const whole = statSync(path).size
  journal.accepted(aStart('torn'))
  journal.flush()
  for (const size of [whole + 1, whole + 40, statSync(path).size - 2].sort((a, b) => b - a)) {
    truncateSync(path, size)
    expect([...new Journal(path, 'boot').held.keys()]).toEqual(['whole:1'])
  }
})

test('it is written anew when it has grown, without what is past', () => {
  const path = aPath()
  const journal = new Journal(path, 'boot')
  const text = 'x'.repeat(64 * 1024)
  for (let i = 0; i < 300; i += 1) {
    journal.accepted(aStart(`run-${i}`))
    journal.ended(anEnd(`run-${i}`, text))
    if (i > 0) journal.done({ run_id: `run-${i}`, token: 1 })
    journal.flush()
  }
  expect(statSync(path).size).toBeLessThan(9 * 1024 * 1024)
  expect(readFileSync(path, 'utf8')).toContain('"run-0"')
  const next = new Journal(path, 'boot')
  expect([...next.held.keys()]).toEqual(['run-0:1'])
  expect(next.knows({ run_id: 'run-1', token: 1 })).toBe(true)
})

test('of what is done it keeps the newest 20,000', () => {
  const path = aPath()
  const journal = new Journal(path, 'boot')
  for (let i = 0; i < 20_010; i += 1) {
    journal.accepted(aStart(`run-${i}`))
    journal.done({ run_id: `run-${i}`, token: 1 })
  }
  journal.flush()
  const next = new Journal(path, 'boot')
  expect(next.knows({ run_id: 'run-9', token: 1 })).toBe(false)
  expect(next.knows({ run_id: 'run-10', token: 1 })).toBe(true)
})
