import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const script = `
const { openLog } = await import(${JSON.stringify(new URL('../runtime/log.ts', import.meta.url).href)})
const { watchWish } = await import(${JSON.stringify(new URL('wish.ts', import.meta.url).href)})
watchWish({ startedByNpm: false, drainSeconds: 0 }, openLog({ level: 'info', color: false }), 50)
setInterval(() => {}, 1000)
console.log('ready')
`

test('what hangs does not hold a process that was told to stop', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const ended = once(child, 'close')
  while (!output.includes('ready')) await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect((await ended)[0]).toBe(1)
  expect(output).toContain('something did not end in time')
})
