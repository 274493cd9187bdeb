import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ended, sourceUrl, startNode, written } from './child.fixture.ts'
import { hideProcess } from './secrets-in-memory.ts'

const script = `
  import { hideProcess } from '${sourceUrl('secrets-in-memory.ts')}'
  const read = process.env.ADMIN_TOKEN
  const hidden = hideProcess(['ADMIN_TOKEN', 'API_TOKEN', 'NOT_SET', 'EMPTY'])
  for (const name of ['ADMIN_TOKEN', 'API_TOKEN']) delete process.env[name]
  process.stdin.resume().on('end', () => process.exit(0))
  console.log(JSON.stringify({ read, ...hidden, left: process.env.ADMIN_TOKEN ?? null, kept: process.env.KEPT, ready: true }))
`

/** What the test sees of a child's first environment: the text, or '' where it may not look (it is not root). */
function environOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) return ''
    throw error
  }
}

test.runIf(process.platform === 'linux')(
  'a secret is gone from /proc/PID/environ, for root too, and the rest stands',
  async () => {
    const env = {
      ADMIN_TOKEN: 'first-secret',
      API_TOKEN: 'second-secret',
      XADMIN_TOKEN: 'another',
      KEPT: 'kept',
      EMPTY: '',
    }
    const child = startNode(script, { env })
    const told: unknown = JSON.parse(await written(child, 'ready'))
    expect(told).toEqual({
      read: 'first-secret',
      erased: true,
      undumpable: true,
      left: null,
      kept: 'kept',
      ready: true,
    })
    const seen = environOf(child.pid)
    expect(seen).not.toContain('-secret')
    // Another user's look is refused altogether; root's shows what was not to be hidden.
    if (process.getuid?.() === 0)
      expect(seen.split('\0')).toEqual(expect.arrayContaining(['KEPT=kept', 'XADMIN_TOKEN=another']))
    child.stdin?.end()
    expect(await ended(child)).toBe(0)
  },
)

test.runIf(process.platform !== 'linux')('elsewhere it says that nothing was done', () => {
  expect(hideProcess(['ADMIN_TOKEN'])).toEqual({ erased: false, undumpable: false })
})
