import { expect, test } from 'vitest'
import { schedulerBanner } from './banner.ts'

test('a scheduler says where it is, and how to be let in where there is a link to say', () => {
  expect(schedulerBanner('http://a:1', null)).toBe('hydra scheduler is ready on http://a:1\n')
  expect(schedulerBanner('http://a:1', 'http://a:1/ui/#code=c')).toBe(
    'hydra scheduler is ready on http://a:1\n  page         http://a:1/ui/#code=c\n               (signs you in once, within 15 minutes)\n',
  )
})
