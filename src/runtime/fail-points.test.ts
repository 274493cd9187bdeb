import { afterEach, describe, expect, test } from 'vitest'
import { ended, sourceUrl, startNode } from './child.fixture.ts'
import { armFailPoint, failPoint, failPoints, parseFailPoint } from './fail-points.ts'

afterEach(() => armFailPoint(null))

const visiting = (armed: string, visits: readonly string[]): string => `
  import { armFailPoint, failPoint } from '${sourceUrl('fail-points.ts')}'
  armFailPoint(${armed})
  for (const name of ${JSON.stringify(visits)}) failPoint(name)
  process.exit(7)
`

test('a point that is not armed does nothing', () => {
  failPoint('dispatch.reserved')
  armFailPoint({ name: 'dispatch.delivered', visit: 1 })
  failPoint('dispatch.reserved')
})

test.skipIf(process.platform === 'win32')('the armed point kills its process, at the visit asked for', async () => {
  const armed = "{ name: 'dispatch.reserved', visit: 2 }"
  const once = startNode(visiting(armed, ['dispatch.reserved', 'dispatch.delivered']))
  const twice = startNode(visiting(armed, ['dispatch.reserved', 'dispatch.delivered', 'dispatch.reserved']))
  expect(await ended(once)).toBe(7)
  expect(await ended(twice)).toBe('SIGKILL')
})

test.skipIf(process.platform === 'win32')(
  'the companion is killed first; one that is gone changes nothing',
  async () => {
    const companion = startNode('setInterval(() => {}, 1000)')
    const first = startNode(
      visiting(`{ name: 'dispatch.reserved', visit: 1, also: () => ${companion.pid} }`, ['dispatch.reserved']),
    )
    expect(await ended(first)).toBe('SIGKILL')
    expect(await ended(companion)).toBe('SIGKILL')
    const second = startNode(
      visiting(`{ name: 'dispatch.reserved', visit: 1, also: () => ${companion.pid} }`, ['dispatch.reserved']),
    )
    expect(await ended(second)).toBe('SIGKILL')
  },
)

describe('the text of HYDRA_FAIL_POINT', () => {
  test.each([
    ['dispatch.reserved', { name: 'dispatch.reserved', visit: 1, both: false }],
    ['dispatch.given-out:12', { name: 'dispatch.given-out', visit: 12, both: false }],
    ['dispatch.given-out:1:both', { name: 'dispatch.given-out', visit: 1, both: true }],
    ['dispatch.given-out:0', null],
    ['dispatch.given-out:1:2', null],
    ['nowhere', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(parseFailPoint(text)).toEqual(expected)
  })
})

test('no name stands twice', () => {
  expect(new Set(failPoints).size).toBe(failPoints.length)
})
