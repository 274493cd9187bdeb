import { expect, test } from 'vitest'
import { secretsIn, textAt, withType, withValue } from './draft.ts'

test('a value is set and taken away anywhere, and the rest stays', () => {
  const draft = { name: 'a', schedule: { mode: 'cron', cron: '* * * * *' } }
  const changed = withValue(withValue(draft, 'schedule.timezone', 'Europe/Berlin'), 'executor.env.A', '1')
  expect(changed).toEqual({
    name: 'a',
    schedule: { mode: 'cron', cron: '* * * * *', timezone: 'Europe/Berlin' },
    executor: { env: { A: '1' } },
  })
  expect(withValue(changed, 'schedule.cron', undefined).schedule).toEqual({ mode: 'cron', timezone: 'Europe/Berlin' })
  expect([textAt(changed, 'executor.env.A'), textAt(changed, 'nothing.there'), textAt({ a: null }, 'a')]).toEqual([
    '1',
    '',
    '',
  ])
})

test('another type of executor keeps what it runs', () => {
  const draft = { executor: { type: 'shell', script: 'echo', shell: 'zsh', env: { A: '1' } } }
  expect(withType(draft, 'python').executor).toEqual({ type: 'python', code: 'echo', env: { A: '1' } })
  expect(withType({ executor: 7 }, 'external').executor).toEqual({ type: 'external', command: '' })
})

test('what looks like a secret is named', () => {
  const env = { DB_PASSWORD: 'x', MODE: 'fast', CI: 'ghp_0123', API_KEY: '' }
  expect(secretsIn({ executor: { env } })).toEqual(['DB_PASSWORD', 'CI'])
})
