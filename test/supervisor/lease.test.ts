import { expect, test } from 'vitest'
import { bootClock } from '../../src/supervisor/client.ts'
import { aRig, aShell } from './rig.ts'

test('when the lease is over all that runs is killed, with or without an agent, and nothing is started until there is another', async () => {
  const rig = await aRig()
  const order = aShell("trap '' TERM; echo on; sleep 600; sleep 600")
  rig.send(order)
  await rig.said(order, 'on')
  rig.agent.close()
  const { agent } = await lease(rig, bootClock() + 50)
  agent.close()
  await rig.connect()
  const held = await rig.until(
    'its end',
    () => rig.agent.welcome.held.find(({ ended }) => ended !== null) ?? again(rig),
  )
  expect(held).toMatchObject({ run_id: order.run_id, ended: { cause: 'stop', returncode: -9 } })

  const late = aShell('echo late')
  rig.send(late)
  const refused = await rig.until('the refusal', () => rig.notes.find((note) => note.kind === 'refused'))
  expect(refused).toMatchObject({ run_id: late.run_id, reason: 'the lease of the worker is over' })

  rig.send({ kind: 'lease', until: bootClock() + 600_000 })
  expect(await rig.run(late)).toMatchObject({ cause: 'exit', stdout: 'late\n' })
})

async function lease(rig: Awaited<ReturnType<typeof aRig>>, until: number) {
  const agent = await rig.connect()
  rig.send({ kind: 'lease', until }, { kind: 'ping', n: 1 })
  await rig.until('the pong', () => rig.notes.find((note) => note.kind === 'pong'))
  return { agent }
}

/** The end comes as a note where it was not over yet at the welcome. */
function again(rig: Awaited<ReturnType<typeof aRig>>) {
  const ended = rig.notes.find((note) => note.kind === 'ended')
  return ended && { run_id: ended.run_id, ended }
}
