import { expect, test } from 'vitest'
import { isCrontab, readCrontab } from './crontab.ts'

const text = `
# m h dom mon dow command
SHELL=/bin/sh
MAILTO=me@example.org
PATH="/usr/bin:/bin"

# nightly backup
30 2 * * 1-5   backup --to /mnt \\% full
@hourly sync
@reboot start-it
*/5 * * * * mail%hello
CRON_TZ=Asia/Tokyo
0 9 * * mon TZ=x report=1
nonsense
`

test('the head of its columns names no job', () => {
  const { jobs } = readCrontab('# m h  dom mon dow   command\n15 2 * * * backup', { zone: 'UTC', hasUser: false })
  expect(jobs).toMatchObject([{ name: 'backup' }])
})

test('a crontab becomes jobs: names from comments, variables for what is below, and a reason for what is left out', () => {
  expect(isCrontab(text)).toBe(true)
  const { jobs, leftOut } = readCrontab(text, { zone: 'Europe/Berlin', hasUser: false })
  const executor = { type: 'shell', shell: '/bin/sh', env: { PATH: '/usr/bin:/bin' } }
  expect(jobs).toEqual([
    {
      name: 'nightly backup',
      executor: { ...executor, script: 'backup --to /mnt % full' },
      schedule: { mode: 'cron', cron: '30 2 * * 1-5', timezone: 'Europe/Berlin' },
    },
    {
      name: 'sync',
      executor: { ...executor, script: 'sync' },
      schedule: { mode: 'cron', cron: '0 * * * *', timezone: 'Europe/Berlin' },
    },
    {
      name: 'TZ=x report=1',
      executor: { ...executor, script: 'TZ=x report=1' },
      schedule: { mode: 'cron', cron: '0 9 * * mon', timezone: 'Asia/Tokyo' },
    },
  ])
  expect(leftOut.map((line) => line.split(': ')[1])).toEqual([
    '@reboot has no time that a schedule could have',
    'it feeds its command by %, and jobs here have no input',
    'it is no entry',
  ])
})

test('the crontab of a system has a user before each command', () => {
  const { jobs } = readCrontab('17 * * * * root run-parts /etc/cron.hourly', { zone: 'UTC', hasUser: true })
  expect(jobs).toMatchObject([{ user: 'root', executor: { script: 'run-parts /etc/cron.hourly' } }])
})

test('definitions are no crontab', () => {
  for (const other of ['name: a\nexecutor: {type: shell}', '[{"name": "a"}]', '', '# only a comment'])
    expect(isCrontab(other)).toBe(false)
})
