import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { scriptPath } from '../../src/supervisor/folder.ts'
import { protocolVersion } from '../../src/supervisor/messages.ts'
import { skipUnlessWhole } from '../selection.ts'
import { aRig, aShell, descriptorsOf, filesIn } from './rig.ts'

describe.each(['posix_spawn', 'child_process'] as const)('one attempt, by %s', (spawner) => {
  // What a job sees of either is shown beside this; how its attempt goes is told by the usual one.
  if (spawner === 'child_process') beforeEach(skipUnlessWhole)
  const rigged = () => aRig(spawner === 'child_process' ? spawner : undefined)

  test('it is told of its start, its chunks and its end', async () => {
    const rig = await rigged()
    expect(rig.agent.welcome).toMatchObject({ spawner, protocol: protocolVersion, held: [] })
    const order = aShell('echo hello; echo fault >&2; exit 3')
    const end = await rig.run(order)
    expect(end).toMatchObject({
      cause: 'exit',
      returncode: 3,
      stdout: 'hello\n',
      stderr: 'fault\n',
      bytes: 12,
      dropped: 0,
    })
    expect(await rig.started(order)).toMatchObject({ pid: expect.any(Number), start_ts: end.start_ts })
    expect(rig.bytes(order, 'stdout').toString()).toBe('hello\n')
    expect(rig.bytes(order, 'stderr').toString()).toBe('fault\n')
    expect(rig.chunks(order).map((chunk) => chunk.seq)).toEqual([1, 2])
    expect(end.last_seq).toBe(2)
  })

  test('a signal that ended it is its returncode, negative', async () => {
    const rig = await rigged()
    expect(await rig.run(aShell('kill -SEGV $$'))).toMatchObject({ cause: 'exit', returncode: -11 })
    expect(await rig.run(aShell('kill -KILL $$'))).toMatchObject({ cause: 'exit', returncode: -9 })
  })

  test('what cannot be started ends at once, with a sentence that names the culprit', async () => {
    const rig = await rigged()
    const folder = mkdtempSync(join(tmpdir(), 'hydra-programs-'))
    const [plain, torn] = [join(folder, 'plain'), join(folder, 'torn')]
    writeFileSync(plain, 'echo', { mode: 0o644 })
    writeFileSync(torn, '#!/no/such/interpreter\n', { mode: 0o755 })
    const huge = 'x'.repeat(120_000)
    const cases = [
      [aShell('', { file: '/no/such/binary' }), '/no/such/binary: no such file'],
      [aShell('', { file: 'no-such-binary' }), "no-such-binary: no such file in the job's PATH"],
      [aShell('', { cwd: '/no/such/folder' }), 'the workdir /no/such/folder does not exist'],
      [aShell('', { cwd: plain }), `the workdir ${plain} is not a folder`],
      [aShell('', { file: plain }), `${plain} is not executable`],
      [aShell('', { file: folder }), `${folder} is a folder`],
      [
        aShell('', { file: torn }),
        `${torn} cannot be started: the interpreter that it asks for does not exist, or it is made for another machine`,
      ],
      [aShell('', { args: Array.from({ length: 60 }, () => huge) }), 'the arguments and the environment are too large'],
      [aShell('', { args: ['a\0b'] }), 'an argument or a variable of the environment contains a NUL byte'],
    ] as const
    for (const [order, reason] of cases)
      expect(await rig.run(order)).toMatchObject({
        cause: 'not_spawned',
        returncode: null,
        start_ts: null,
        reason,
        last_seq: 0,
      })
    expect(filesIn(join(rig.folder, 'spool'))).toEqual([])
  })

  test('without a workdir it has an empty folder of its own, which is gone afterwards with all that is in it', async () => {
    const rig = await rigged()
    const order = aShell('ls -A; stat -c %a .; mkdir -p a/b; touch a/b/c; chmod 0 a; pwd')
    const end = await rig.run(order)
    expect(end.stdout).toMatch(/^700\n/)
    expect(end.stdout).toContain(join(rig.folder, 'tmp'))
    await rig.until('the folder is gone', () => filesIn(join(rig.folder, 'tmp')).length === 0 || undefined)
    const second = await rig.run(aShell('ls -A; pwd'))
    expect(second.stdout.trim()).not.toBe(end.stdout.split('\n')[1])
  })

  test('a script file is there for the process, for its user alone, and gone afterwards', async () => {
    const rig = await rigged()
    const order = aShell('')
    const path = scriptPath(rig.folder, order.run_id, order.token)
    const script = `echo é; stat -c %a '${path}'; ls -A; ${'#'.repeat(200_000)}`
    const end = await rig.run({
      ...order,
      args: ['-c', `. '${path}'`, 'bash', 'a b'],
      script: `echo "$0 $1"; ${script}`,
    })
    expect(end).toMatchObject({ returncode: 0, stdout: 'bash a b\né\n600\n' })
    await rig.run(aShell('', { file: '/no/such/binary', script: 'x' }))
    expect(filesIn(join(rig.folder, 'tmp')).filter((name) => name.endsWith('.script'))).toEqual([])
  })

  test('a token is started once', async () => {
    const rig = await rigged()
    const order = aShell('echo once')
    await rig.run(order)
    rig.send(order)
    const refused = await rig.until('the refusal', () => rig.notes.find((note) => note.kind === 'refused'))
    expect(refused).toMatchObject({ run_id: order.run_id, token: 1, reason: 'this token was started before' })
    rig.send({ kind: 'ack', run_id: order.run_id, token: 1, seq: 9, done: true }, order)
    await rig.until('the second refusal', () => rig.notes.filter((note) => note.kind === 'refused')[1])
    expect(await rig.run({ ...order, token: 2 })).toMatchObject({ stdout: 'once\n' })
  })

  test('many runs leave no descriptor, folder or file behind', async () => {
    const rig = await rigged()
    await rig.run(aShell('true'))
    const before = descriptorsOf(rig.pid)
    const orders = Array.from({ length: 200 }, (_, i) => aShell(`echo ${i}; touch f${i % 2 === 0 ? '' : '; rm f'}`))
    rig.send(...orders)
    const ends = await Promise.all(orders.map((order) => rig.end(order)))
    expect(ends.map((end) => end.stdout)).toEqual(orders.map((_, i) => `${i}\n`))
    for (const { run_id, token } of orders) rig.send({ kind: 'ack', run_id, token, seq: 1, done: true })
    await rig.until('all folders are gone', () => filesIn(join(rig.folder, 'tmp')).length === 0 || undefined)
    await rig.until('all spools are gone', () => filesIn(join(rig.folder, 'spool')).length === 0 || undefined)
    await rig.until('all descriptors are closed', () => descriptorsOf(rig.pid) <= before || undefined)
  })

  test('a program without a first line for an interpreter is run by sh', async () => {
    const rig = await rigged()
    const file = join(mkdtempSync(join(tmpdir(), 'hydra-programs-')), 'bare')
    writeFileSync(file, 'echo "ran $1"\n')
    chmodSync(file, 0o755)
    expect(await rig.run(aShell('', { file, args: ['here'] }))).toMatchObject({ returncode: 0, stdout: 'ran here\n' })
  })
})
