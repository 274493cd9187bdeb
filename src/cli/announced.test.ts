import { expect, test } from 'vitest'
import { announced } from './announced.ts'

test('a scheduler that listens on all addresses names that of its machine, any other the one it listens on', () => {
  const own = () => '192.0.2.7'
  expect(announced('0.0.0.0', '8000', own)).toBe('http://192.0.2.7:8000')
  expect(announced('::', '8000', own)).toBe('http://192.0.2.7:8000')
  expect(announced('127.0.0.1', '8001', own)).toBe('http://127.0.0.1:8001')
  expect(announced('jobs.example.com', '80', own)).toBe('http://jobs.example.com:80')
  expect(announced('2001:db8::1', '8000', own)).toBe('http://[2001:db8::1]:8000')
})
