import { expect, test } from 'vitest'
import type { LogChunkDocument } from '../client/index.ts'
import { isShown, Last, type LineChoice, LineJoiner, type LogLine } from './log-lines.ts'

const chunk = (more: Partial<LogChunkDocument>): LogChunkDocument => ({
  run_id: 'r',
  job_id: 'j',
  worker_id: 'w',
  domain: 'prod',
  ts: 1_700_000_000,
  stream: 'stdout',
  text: '',
  attempt: 1,
  seq: 1,
  line: 1,
  cont: false,
  ...more,
})

const told = (lines: readonly LogLine[]): string[] => lines.map(({ n, stream, text }) => `${n} ${stream} ${text}`)

test('lines are joined of pieces, also where those of the other stream come between them', () => {
  const joiner = new LineJoiner()
  expect(told(joiner.push(chunk({ text: 'one\nbeg' })))).toEqual(['1 stdout one'])
  expect(told(joiner.push(chunk({ text: 'err\n', stream: 'stderr', line: 3 })))).toEqual(['3 stderr err'])
  expect(told(joiner.push(chunk({ text: 'un', line: 2, cont: true })))).toEqual([])
  expect(told(joiner.push(chunk({ text: '\nlast', line: 2, cont: true })))).toEqual(['2 stdout begun'])
  expect(told(joiner.push(chunk({ text: '', line: 2, cont: true })))).toEqual([])
  expect(told(joiner.end())).toEqual(['3 stdout last'])
  expect(joiner.end()).toEqual([])
})

test('a line of Windows ends like any other', () => {
  const joiner = new LineJoiner()
  expect(joiner.push(chunk({ text: 'a\r' }))).toEqual([])
  expect(told(joiner.push(chunk({ text: '\nb\r\nc\rd\n', cont: true })))).toEqual([
    '1 stdout a',
    '2 stdout b',
    '3 stdout c\rd',
  ])
})

test('attempts do not run into each other', () => {
  const joiner = new LineJoiner()
  joiner.push(chunk({ text: 'first' }))
  expect(told(joiner.push(chunk({ text: 'second\n', attempt: 2 })))).toEqual(['1 stdout second'])
  expect(told(joiner.end())).toEqual(['1 stdout first'])
})

test('a line is shown where all that was asked for fits it', () => {
  const line: LogLine = { attempt: 2, n: 7, ts: '2026-03-01T12:00:00.000Z', stream: 'stderr', text: 'an ERROR' }
  const any: LineChoice = { stream: null, attempts: null, since: null, grep: null }
  expect(isShown(line, any)).toBe(true)
  const at = Date.parse(line.ts)
  for (const fits of [{ stream: 'stderr' }, { attempts: new Set([2]) }, { since: at }, { grep: /ERR/ }] as const)
    expect(isShown(line, { ...any, ...fits })).toBe(true)
  for (const not of [{ stream: 'stdout' }, { attempts: new Set([1]) }, { since: at + 1 }, { grep: /^ERR/ }] as const)
    expect(isShown(line, { ...any, ...not })).toBe(false)
})

test('the last of many are kept without keeping all', () => {
  const last = new Last<number>(3)
  for (let i = 0; i < 10_000; i += 1) last.push(i)
  expect(last.all()).toEqual([9997, 9998, 9999])
  const none = new Last<number>(0)
  none.push(1)
  expect(none.all()).toEqual([])
})
