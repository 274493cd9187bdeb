import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { socketPath } from '../../src/supervisor/folder.ts'
import { aRig, aShell, filesIn, isGone, Rig } from './rig.ts'

const pidIn = (text: string): number => Number(/=(\d+)/.exec(text)?.[1])

test('a job goes on without an agent, and the next one misses nothing', async () => {
  const rig = await aRig()
  const order = aShell('for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.1; done; touch "$0"', {})
  rig.send(order)
  await rig.said(order, 'line 2')
  const known = rig.chunks(order).at(-1)?.seq ?? 0
  rig.agent.close()
  const { welcome } = await rig.connect()
  expect(welcome.held).toMatchObject([
    { run_id: order.run_id, token: 1, job_id: 'job', attempt: 1, slot: 0, ended: null },
  ])
  rig.send({ kind: 'resend', run_id: order.run_id, token: 1, seq: known })
  const end = await rig.end(order)
  const seqs = [...new Set(rig.chunks(order).map((chunk) => chunk.seq))].sort((a, b) => a - b)
  expect(seqs).toEqual(Array.from({ length: end.last_seq - known }, (_, i) => known + 1 + i))
  expect(end.stdout).toBe('line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n')
})

test('an end that came while no agent was there is in the next welcome, with its chunks', async () => {
  const rig = await aRig()
  const order = aShell('sleep 0.3; echo alone; exit 9')
  rig.send(order)
  const { pid } = await rig.started(order)
  rig.agent.close()
  await rig.gone(pid)
  await rig.until('the end is journaled', () => journalOf(rig.folder).includes('"returncode":9') || undefined)
  const { welcome } = await rig.connect()
  expect(welcome.held).toMatchObject([
    { run_id: order.run_id, acked_seq: 0, ended: { returncode: 9, stdout: 'alone\n' } },
  ])
  rig.send({ kind: 'resend', run_id: order.run_id, token: 1, seq: 0 })
  await rig.until('its chunk', () => rig.chunks(order)[0])
  expect(rig.bytes(order, 'stdout').toString()).toBe('alone\n')
})

test('a newer agent takes the place of an older one', async () => {
  const rig = await aRig()
  const older = rig.agent
  const closed = new Promise<void>((resolve) => older.onClose(resolve))
  await rig.connect()
  await closed
  expect(await rig.run(aShell('echo hi'))).toMatchObject({ stdout: 'hi\n' })
})

test('what a killed supervisor left running is ended by the next one, and told as lost with the output so far', async () => {
  const rig = await aRig()
  const order = aShell(
    "echo leader=$$; (setsid bash -c 'echo orphan=$$; exec sleep 600' &); env -i setsid /bin/sleep 600 & printf 'half a line' >&2; wait; sleep 600",
    { attempt: 3 },
  )
  const marked = { ...order, env: { ...order.env, HYDRA_ATTEMPT: '3' } }
  rig.send(marked)
  const said = await rig.said(order, 'orphan=')
  await rig.until('stderr', () => rig.bytes(order, 'stderr').includes('line') || undefined)
  await rig.kill()
  const { welcome } = await rig.connect()
  expect([...said.matchAll(/=(\d+)/g)].map(([, pid]) => isGone(Number(pid)))).toEqual([true, true])
  const [held] = welcome.held
  expect(held).toMatchObject({ run_id: order.run_id, token: 1, attempt: 3, job_id: 'job' })
  expect(held?.ended).toMatchObject({ cause: 'lost', returncode: null, start_ts: held?.start_ts, stdout: said })
  rig.send({ kind: 'resend', run_id: order.run_id, token: 1, seq: 0 })
  await rig.until('all chunks', () => rig.chunks(order).at(-1)?.seq === held?.ended?.last_seq || undefined)
  expect(rig.bytes(order, 'stderr').toString()).toBe(
    'half a line\n[hydra] attempt 3 was interrupted: its supervisor ended; what it wrote from then on is not known\n',
  )
  await rig.until('its folder is gone', () => filesIn(join(rig.folder, 'tmp')).length === 0 || undefined)
})

test('a token stays refused after a restart, whether it was acknowledged or not', async () => {
  const rig = await aRig()
  const [done, open] = [aShell('echo done'), aShell('echo open')]
  await rig.run(done)
  await rig.run(open)
  rig.send({ kind: 'ack', run_id: done.run_id, token: 1, seq: 1, done: true })
  await rig.until('the spool is gone', () => !existsSync(rig.spoolOf(done)) || undefined)
  await rig.until('it is journaled', () => journalOf(rig.folder).includes('"done"') || undefined)
  await rig.kill()
  const { welcome } = await rig.connect()
  expect(welcome.held.map((held) => held.run_id)).toEqual([open.run_id])
  rig.send(done, open)
  await rig.until('two refusals', () => rig.notes.filter((note) => note.kind === 'refused')[1])
  expect(rig.notes.every((note) => note.kind !== 'started')).toBe(true)
})

test('an attempt that was accepted, and perhaps started, is found by its mark', async () => {
  const rig = await aRig()
  const order = aShell('(setsid bash -c "echo orphan=\\$\\$; exec sleep 600" &); sleep 600')
  rig.send(order)
  const pid = pidIn(await rig.said(order, 'orphan='))
  await rig.kill()
  const lines = readFileSync(join(rig.folder, 'journal'), 'utf8').split('\n')
  writeFileSync(join(rig.folder, 'journal'), lines.filter((line) => !line.includes('"spawned"')).join('\n'))
  const { welcome } = await rig.connect()
  expect(isGone(pid)).toBe(true)
  expect(welcome.held).toMatchObject([{ start_ts: null, ended: { cause: 'lost', start_ts: null } }])
})

test('it exits when asked to, at once when nothing runs, and keeps what is not acknowledged', async () => {
  const rig = await aRig()
  const order = aShell('echo kept')
  await rig.run(order)
  const { pid } = rig
  rig.send({ kind: 'exit', now: false })
  await rig.gone(pid)
  expect(filesIn(rig.folder)).not.toContain('s.sock')
  const { welcome } = await rig.connect()
  expect(welcome.pid).not.toBe(pid)
  expect(welcome.held).toMatchObject([{ ended: { stdout: 'kept\n' } }])
})

test('asked to exit now it kills what runs, and the end says that it was stopped', async () => {
  const rig = await aRig()
  const order = aShell("trap '' TERM; echo up; while :; do sleep 0.1; done")
  rig.send(order)
  await rig.said(order, 'up')
  rig.send({ kind: 'exit', now: true })
  expect(await rig.end(order)).toMatchObject({ cause: 'stop', returncode: -9 })
  await rig.gone(rig.pid)
})

test('a signal to end gives the jobs time to end themselves; Ctrl-C and a hang-up do nothing', async () => {
  const rig = await aRig()
  const order = aShell("trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.02; done")
  rig.send(order)
  await rig.said(order, 'up')
  process.kill(rig.pid, 'SIGINT')
  process.kill(rig.pid, 'SIGHUP')
  process.kill(rig.pid, 'SIGTERM')
  expect(await rig.end(order)).toMatchObject({ cause: 'stop', returncode: 0, stdout: 'up\nsaved\n' })
  await rig.gone(rig.pid)
})

test('when its folder vanishes it ends everything and goes', async () => {
  const rig = await aRig()
  const order = aShell('echo pid=$$; exec sleep 600', { cwd: '/' })
  rig.send(order)
  const pid = pidIn(await rig.said(order, 'pid='))
  rmSync(rig.folder, { recursive: true })
  await rig.gone(pid)
  await rig.gone(rig.pid)
  mkdirSync(rig.folder)
})

test('a folder whose path is too long for a socket has its socket elsewhere, and leaves nothing there', async () => {
  const rig = await aRig()
  const long = new Rig(join(rig.folder, 'a'.repeat(120)))
  onTestFinished(() => long.close())
  await long.connect()
  const place = dirname(socketPath(long.folder))
  expect(place.startsWith(long.folder)).toBe(false)
  expect(statSync(place).mode & 0o777).toBe(0o700)
  expect(await long.run(aShell('echo hi'))).toMatchObject({ stdout: 'hi\n' })
  long.send({ kind: 'exit', now: false })
  await long.gone(long.pid)
  expect(existsSync(place)).toBe(false)
})

test('a supervisor that hangs is killed and replaced', async () => {
  const rig = await aRig()
  const { pid } = rig
  rig.agent.close()
  process.kill(pid, 'SIGSTOP')
  await rig.connect(2000)
  expect(isGone(pid)).toBe(true)
  expect(rig.pid).not.toBe(pid)
})

const journalOf = (folder: string): string => readFileSync(join(folder, 'journal'), 'utf8')
