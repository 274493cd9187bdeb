import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { aJob } from '../../test/builders.ts'
import type { JobDocument } from '../client/index.ts'
import { jobDocument } from '../http/wire-job.ts'
import { bothPatches, type ChangesChoice, readChanges, setting, unknownFields, variable } from './changes.ts'

const job: JobDocument = jobDocument(aJob({}, { executor: { type: 'shell', script: 'true' } }))

test('what is typed becomes a patch: JSON where it is JSON, else text; a variable is always text', () => {
  expect(setting('timeout=600')).toEqual({ timeout: 600 })
  expect(setting('affinity.tags=["gpu"]')).toEqual({ affinity: { tags: ['gpu'] } })
  expect(setting('executor.script=echo a=b: c\nd')).toEqual({ executor: { script: 'echo a=b: c\nd' } })
  expect([setting('user='), setting('executor.workdir=null')]).toEqual([{ user: '' }, { executor: { workdir: null } }])
  expect(variable('N.1=5=6')).toEqual({ executor: { env: { 'N.1': '5=6' } } })
  for (const wrong of ['timeout', '=5', 'a..b=1', '.a=1'])
    expect(() => setting(wrong), wrong).toThrow(InvalidArgumentError)
  for (const wrong of ['NAME', '=5']) expect(() => variable(wrong), wrong).toThrow(InvalidArgumentError)
})

test('changes add to those that the run had, unless they are dropped; what is taken away stays away', async () => {
  const before = { timeout: 5, executor: { type: 'shell', env: { A: '1', B: null }, args: ['x'] } }
  const read = (choice: ChangesChoice) => readChanges(choice, job, before)
  expect(await read({})).toBeUndefined()
  expect(await read({ changes: false })).toBeNull()
  expect(await read({ env: [variable('A=2')], arg: ['--full', 'y'], set: [setting('retries=1')] })).toEqual({
    timeout: 5,
    retries: 1,
    executor: { type: 'shell', env: { A: '2', B: null }, args: ['--full', 'y'] },
  })
  expect(await read({ changes: false, set: [setting('timeout=9')] })).toEqual({ timeout: 9 })
  expect(bothPatches(before, { executor: { type: 'external', command: 'true' } }).executor).toEqual({
    type: 'external',
    command: 'true',
  })
})

test('a field that the job does not have is refused, with the one that may be meant; variables have any name', async () => {
  const unknown = (text: string) => unknownFields(setting(text), job).map(({ path }) => path)
  for (const fine of ['executor.env.ANY=1', 'queue=gpu', 'executor.args=[]', 'name=x', 'completion.exit_codes=[0,3]'])
    expect(unknown(fine), fine).toEqual([])
  expect(unknown('executor={"type": "python", "code": "1"}')).toEqual([])
  for (const wrong of ['timout=1', 'executor.scrpt=x', 'affinity.tag=x', 'version=3', '__proto__=1'])
    expect(unknown(wrong), wrong).toEqual([wrong.split('=')[0]])
  await expect(readChanges({ set: [setting('timout=1')] }, job)).rejects.toThrow(
    /no field "timout" that a run can have otherwise\. Did you mean "timeout"\?/,
  )
  await expect(readChanges({ set: [setting('scrpt=x')] }, job)).rejects.toMatchObject({ exitCode: 2 })
})
