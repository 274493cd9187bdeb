import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fleet, untilFile } from './fleet.ts'
import { until } from './server.ts'

describe.concurrent('workers by themselves, over HTTP', () => {
  test('the agent is killed and comes back within the deadline: its jobs go on as if nothing had happened', async (context) => {
    const fleet = await Fleet.start(context)
    const { server } = fleet
    // Seven seconds, which is what the usual TTL leaves, may be too few for a start on a machine that is busy.
    const one = await fleet.joined('w1', { WORKER_LEASE_SECONDS: '60' })
    const file = join(server.folder, 'go-on')
    const run = await fleet.runningOn(one, untilFile(file))
    await one.end('SIGKILL')
    one.start()
    await until('its return', () => one.output.split('the worker is registered').length > 2)
    writeFileSync(file, '')
    const over = await server.runIs(run)
    expect(over).toMatchObject({ status: 'success', attempt: 1, failovers: 0, stdout: 'begun\ndone\n' })
    expect(await one.end()).toBe(0)
    expect((await server.call('GET', '/workers/')).json).toEqual([])
  })

  test('agent and supervisor are killed: what ran starts again elsewhere, and the next life ends the orphans', async (context) => {
    const fleet = await Fleet.start(context)
    const { server } = fleet
    const one = await fleet.joined('w1')
    const run = await fleet.runningOn(one, 'echo begun on $HYDRA_ATTEMPT; [ $HYDRA_ATTEMPT = 2 ] || sleep 600')
    await fleet.joined('w2')
    await one.end('SIGKILL')
    one.killSupervisor()
    const over = await server.runIs(run, 'success')
    expect(over).toMatchObject({ worker_id: 'w2', attempt: 2, failovers: 1, stdout: 'begun on 2\n' })
    expect(over.attempts).toMatchObject([
      { worker_id: 'w1', outcome: 'lost', reason: 'worker lost' },
      { worker_id: 'w2', outcome: 'success' },
    ])
    expect(one.jobs.length).toBeGreaterThan(0)
    one.start()
    await until('the end of the orphans', () => one.jobs.length === 0)
    await fleet.isOnline('w1')
  })

  test('a stopped agent: its supervisor ends what it ran before another gets it, and its late word is refused', async (context) => {
    const fleet = await Fleet.start(context)
    const { server } = fleet
    const one = await fleet.joined('w1')
    const marks = join(server.folder, 'marks')
    const run = await fleet.runningOn(
      one,
      `trap '' TERM; while :; do echo $HYDRA_ATTEMPT >> ${marks}; [ $HYDRA_ATTEMPT = 2 ] && exit; sleep 0.05; done`,
    )
    one.signal('SIGSTOP')
    await until('the end of its process', () => one.jobs.length === 0)
    expect(await server.run(run)).toMatchObject({ status: 'running', attempt: 1 })
    fleet.worker('w2')
    const over = await server.runIs(run, 'success')
    expect(over).toMatchObject({ worker_id: 'w2', attempt: 2 })
    one.signal('SIGCONT')
    await fleet.isOnline('w1')
    expect(await server.run(run)).toEqual(over)
  })

  test('the token ends: no new work is claimed, and what ran goes back, consuming nothing', async (context) => {
    const fleet = await Fleet.start(context)
    const { server } = fleet
    const one = await fleet.joined('w1')
    const run = await fleet.runningOn(one, 'echo $HYDRA_ATTEMPT; [ $HYDRA_ATTEMPT = 2 ] || sleep 600')
    fleet.token = (await server.call('POST', '/admin/domains/prod/token')).json.token
    fleet.worker('w2')
    const over = await server.runIs(run, 'success')
    expect(over).toMatchObject({ worker_id: 'w2', attempt: 2, failovers: 0 })
    expect(over.attempts[0]).toMatchObject({ outcome: 'interrupted', reason: 'worker stopped' })
    expect(one.jobs).toEqual([])
  })

  test('who cannot be a worker here is told so in one sentence', async (context) => {
    const fleet = await Fleet.start(context)
    const said = async (env: Record<string, string>, at?: string) => {
      const one = fleet.worker('w9', env, at)
      return [await one.ended(), one.output.trim().split('\n').at(-1)]
    }
    const right = { WORKER_DOMAIN_TOKEN: fleet.token }
    expect(await said({})).toEqual([2, expect.stringMatching(/^hydra: A worker needs a token of its domain/)])
    expect(await said({ WORKER_DOMAIN_TOKEN: 'not-a-token-of-anyone' })).toEqual([
      1,
      'hydra: The token is not known, or it has ended.',
    ])
    expect(await said({ ...right, WORKER_DOMAIN: 'dev' })).toEqual([
      1,
      expect.stringMatching(/set WORKER_DOMAIN to the token's domain/),
    ])
    expect(await said(right, 'scheduler:8000')).toEqual([2, expect.stringMatching(/is not the address of a scheduler/)])
  })
})
