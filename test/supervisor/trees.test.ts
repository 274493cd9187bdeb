import { expect, test } from 'vitest'
import { childrenOf } from '../../src/supervisor/proc.ts'
import { aRig, aShell, isGone, type Rig } from './rig.ts'

/** The pids that a job wrote, as `name=pid` lines. */
const pidsIn = (text: string): number[] => [...text.matchAll(/=(\d+)$/gm)].map((found) => Number(found[1]))

async function expectAllGone(rig: Rig, text: string, count: number): Promise<void> {
  const pids = pidsIn(text)
  expect(pids).toHaveLength(count)
  expect(pids.filter((pid) => !isGone(pid))).toEqual([])
  await rig.until('nothing is left unreaped', () => childrenOf(rig.pid).length === 0 || undefined)
}

/**
 * A job with a child in its group, one in a session of its own, and one whose parents are gone; with `trap`, none minds TERM.
 * @param then what the first process does when all are up
 */
const aFamily = (trap: string, then: string): string => `
  ${trap}
  sleep 600 & echo child=$!
  setsid bash -c 'echo session=$$; echo . >> family; sleep 600; sleep 600' &
  ( (setsid bash -c 'echo orphan=$$; echo . >> family; sleep 600; sleep 600' &) )
  touch family; until [ "$(wc -l < family)" = 2 ]; do sleep 0.01; done
  echo "leader=$$"; ${then}`

/** An ignored signal, unlike a handled one, stays ignored in all that is started. */
const stubborn = "trap '' TERM"

test('what is left of its tree is ended when its first process ends, in whatever session it is', async () => {
  const rig = await aRig()
  const end = await rig.run(aShell(aFamily('', 'exit 5')))
  expect(end).toMatchObject({ cause: 'exit', returncode: 5 })
  expect(end.end_ts - (end.start_ts ?? 0)).toBeLessThan(1500)
  await expectAllGone(rig, end.stdout, 4)
})

test('what ignores TERM is killed two seconds later, and its output until then is kept', async () => {
  const rig = await aRig()
  const order = aShell(
    '(setsid bash -c \'trap "echo heard" TERM; echo up=$$ | tee up; while :; do sleep 0.05; done\' &); until [ -s up ]; do sleep 0.01; done; exit 0',
  )
  const begun = performance.now()
  const end = await rig.run(order)
  expect(performance.now() - begun).toBeGreaterThan(1900)
  expect(end).toMatchObject({ cause: 'exit', returncode: 0 })
  expect(end.stdout).toContain('heard')
  await expectAllGone(rig, end.stdout, 1)
})

test('a timeout ends the whole tree: TERM, the grace, KILL', async () => {
  const rig = await aRig()
  const end = await rig.run(aShell(aFamily(stubborn, 'while :; do sleep 0.1; done'), { timeout: 700, grace: 200 }))
  expect(end).toMatchObject({ cause: 'timeout', returncode: -9 })
  await expectAllGone(rig, end.stdout, 4)
})

test('a cancel ends the whole tree, and the first cause stands', async () => {
  const rig = await aRig()
  const order = aShell(aFamily('', 'sleep 600'), { timeout: 60_000 })
  rig.send(order)
  await rig.said(order, 'leader=')
  const { run_id, token } = order
  rig.send(
    { kind: 'stop', run_id, token, cause: 'cancel', grace: 5000 },
    { kind: 'stop', run_id, token, cause: 'stop', grace: 0 },
  )
  const end = await rig.end(order)
  expect(end).toMatchObject({ cause: 'cancel' })
  await expectAllGone(rig, end.stdout, 4)
})

test('an exit that came before the cancel wins', async () => {
  const rig = await aRig()
  const order = aShell("(setsid bash -c 'trap : TERM; echo up; while :; do sleep 0.05; done' &); sleep 0.2; exit 7")
  rig.send(order)
  const { pid } = await rig.started(order)
  await rig.until('the exit', () => isGone(pid) || undefined)
  rig.send({ kind: 'stop', run_id: order.run_id, token: 1, cause: 'cancel', grace: 0 })
  expect(await rig.end(order)).toMatchObject({ cause: 'exit', returncode: 7 })
})

test('a job that ends by itself on TERM within the grace has its own exit status, and the cause is the timeout', async () => {
  const rig = await aRig()
  const end = await rig.run(
    aShell("trap 'echo saved; exit 4' TERM; while :; do sleep 0.02; done", { timeout: 200, grace: 5000 }),
  )
  expect(end).toMatchObject({ cause: 'timeout', returncode: 4, stdout: 'saved\n' })
})

test('an orphan of one job is not ended with another job', async () => {
  const rig = await aRig()
  const parent = aShell("(setsid bash -c 'echo orphan=$$; exec sleep 600' &); sleep 600")
  rig.send(parent)
  const orphan = pidsIn(await rig.said(parent, 'orphan='))[0] ?? 0
  await rig.run(aShell('true'))
  await rig.run(aShell('(setsid sleep 600 &)'))
  expect(isGone(orphan)).toBe(false)
  rig.send({ kind: 'stop', run_id: parent.run_id, token: 1, cause: 'stop', grace: 1000 })
  expect(await rig.end(parent)).toMatchObject({ cause: 'stop' })
  expect(isGone(orphan)).toBe(true)
})

test('one that hides its mark and its session is known by the parents that it was seen with', async () => {
  const rig = await aRig()
  const witness = aShell('sleep 600')
  rig.send(witness)
  await rig.started(witness)
  const end = await rig.run(aShell('env -i setsid /bin/sleep 600 & echo "hidden=$!"; sleep 1; exit 0'))
  expect(isGone(pidsIn(end.stdout)[0] ?? process.pid)).toBe(true)
  const trapping = aShell(
    "env -i setsid /bin/bash -c 'trap : TERM; echo hidden=$$; while :; do /bin/sleep 0.1; done' & wait",
  )
  rig.send(trapping)
  await rig.said(trapping, 'hidden=')
  rig.send({ kind: 'stop', run_id: trapping.run_id, token: 1, cause: 'cancel', grace: 200 })
  expect(isGone(pidsIn((await rig.end(trapping)).stdout)[0] ?? process.pid)).toBe(true)
})

test('an orphan that cannot be told apart is ended with the last attempt of its time', async () => {
  const rig = await aRig()
  const [maker, witness] = [
    aShell(
      '(setsid env -i /bin/bash -c \'(setsid /bin/bash -c "echo nobody=\\$\\$; exec /bin/sleep 600" &)\' &); sleep 0.3; exit 0',
    ),
    aShell('sleep 600'),
  ]
  rig.send(witness)
  await rig.started(witness)
  const made = await rig.run(maker)
  const orphan = pidsIn(made.stdout)[0] ?? 0
  expect(orphan).toBeGreaterThan(0)
  rig.send({ kind: 'stop', run_id: witness.run_id, token: 1, cause: 'stop', grace: 500 })
  await rig.end(witness)
  expect(isGone(orphan)).toBe(true)
})
