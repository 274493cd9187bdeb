import { expect, test } from 'vitest'
import { JobDefinition, parseDefinition } from './job.ts'

const pathsOf = (given: object) => parseDefinition(given).faults.map(({ path }) => path)

test('what this version cannot run is listed with every other fault, whatever else is wrong in the executor', () => {
  const wrong = { name: '', affinity: { os: 5, subnets: ['10.0'] } }
  const executor = { type: 'python', environment: { type: 'uv', python_version: 5 } }
  expect(pathsOf({ ...wrong, executor })).toEqual([
    'name',
    'affinity.os',
    'executor.code',
    'executor.environment.python_version',
    'affinity.subnets.0',
    'executor.environment.type',
  ])
  const environments = [
    [{ requirements: ['x'] }, ['executor.environment.requirements']],
    [{ requirements_file: 'x' }, ['executor.environment.requirements_file']],
    [{ type: 'conda' }, ['executor.environment.type']],
    [null, []],
  ] as const
  for (const [environment, paths] of environments)
    expect(pathsOf({ name: 'x', executor: { type: 'python', code: 'x', environment } })).toEqual(paths)
})

test('a subnet that was stored before it was refused can be read', () => {
  const given = { name: 'x', executor: { type: 'shell', script: ':' }, affinity: { subnets: ['lan'] } }
  expect(pathsOf(given)).toEqual(['affinity.subnets.0'])
  expect(JobDefinition.parse(given).affinity.subnets).toEqual(['lan'])
})

test('a number beyond its bounds is told of by the bound alone, however far beyond it is; a broken one is no whole number', () => {
  const faultsOf = (priority: unknown) =>
    parseDefinition({ name: 'x', executor: { type: 'shell', script: ':' }, priority }).faults.map(
      ({ message }) => message,
    )
  const [tooSmall, tooBig, notWhole] = ['must be at least -1000', 'must be at most 1000', 'must be a whole number']
  expect([2000, 1e30, '1000000000000000000000'].map(faultsOf)).toEqual([[tooBig], [tooBig], [tooBig]])
  expect([-2000, -1e30].map(faultsOf)).toEqual([[tooSmall], [tooSmall]])
  expect([1.5, -5000.5, 'soon'].map(faultsOf)).toEqual([[notWhole], [notWhole], [notWhole]])
  expect([1000, '5', 5.0].map(faultsOf)).toEqual([[], [], []])
})
