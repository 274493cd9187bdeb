import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseDefinition as faultsOf } from '../model/job.ts'
import { parseDefinition } from './read-definition.ts'

test('JSON and YAML are read alike', async () => {
  const wanted = {
    name: 'a',
    executor: { type: 'shell', script: 'echo\n' },
    schedule: { start_at: '2026-01-01T00:00:00Z' },
  }
  expect(await parseDefinition(JSON.stringify(wanted), 'x')).toEqual(wanted)
  const yaml = 'name: a\nexecutor:\n  type: shell\n  script: |\n    echo\nschedule: {start_at: 2026-01-01T00:00:00Z}\n'
  expect(await parseDefinition(yaml, 'x')).toEqual(wanted)
})

test('what is no definition is refused with a sentence that says where', async () => {
  await expect(parseDefinition('name: [', 'job.yaml')).rejects.toThrow(/^job\.yaml cannot be read: .* at line 1/s)
  await expect(parseDefinition('a: 1\n---\nb: 2\n', 'x')).rejects.toThrow(/several documents/)
  await expect(parseDefinition('a: 1\na: 2\n', 'x')).rejects.toThrow(/unique/)
  for (const other of ['', '- a\n', '"text"', '5'])
    await expect(parseDefinition(other, 'x')).rejects.toThrow(/does not hold a job definition/)
})

test('the definitions in docs/cli.md are valid', async () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml ?? '')
  expect(blocks).not.toHaveLength(0)
  for (const yaml of blocks) expect(faultsOf(await parseDefinition(yaml, 'docs/cli.md')).faults).toEqual([])
})
