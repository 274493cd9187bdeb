import { describe, expect, test } from 'vitest'
import type { WorkerCard } from '../../src/model/session.ts'
import type { Grant, Link, Report } from '../../src/ports/link.ts'
import type { World } from '../scheduler/harness.ts'
import { aDefinition, admin, ended } from '../scheduler/harness.ts'
import { aCard } from './broker.suite.ts'

/** A control plane, and links to it as workers open them: each is of another process. */
export interface LinkGiven {
  readonly world: World
  link(): Link | Promise<Link>
}

const never = new AbortController().signal
const secret = 'the secret in the folder of the worker'
const said = (grant: Grant, more: Partial<Report> = {}): Report => ({
  run_id: grant.run_id,
  token: grant.token,
  attempt: grant.attempt,
  start_ts: null,
  chunks: [],
  ended: null,
  never_started: false,
  ...more,
})

/** What every link must do; runs unchanged on each. */
export function linkSuite({ name, given }: { readonly name: string; readonly given: () => LinkGiven }): void {
  const card = (more: Partial<WorkerCard> = {}): WorkerCard => aCard({ ttl: 60_000, max_concurrency: 4, ...more })

  async function submitted(more: Record<string, unknown> = {}): Promise<string> {
    const { run_id } = await given().world.plane.jobs.submit(admin, aDefinition(more), { adhoc: false, ids: null })
    if (run_id === null) throw new Error('no run was made')
    return run_id
  }

  async function joined(more: Partial<WorkerCard> = {}) {
    const link = await given().link()
    const { session } = await link.register(card(more), secret)
    const take = async (): Promise<Grant> => {
      for (;;) {
        const [grant] = await link.claim(session, 1, never)
        if (grant) return grant
      }
    }
    return { link, session, take }
  }

  describe(`${name}: a link`, () => {
    test('a renewal tells how busy the machine is, and one a minute is kept; most say nothing of it', async () => {
      const { world } = given()
      const { link, session } = await joined()
      const load = (load_average: number | null) => ({ load_average, memory_free: 2 ** 33, memory_total: 2 ** 34 })
      await link.renew(session, [], () => {}, { host: load(0.5) })
      await link.renew(session, [], () => {}, { host: load(7) })
      await link.renew(session, [])
      const { domain, worker_id } = card()
      const samples = () => world.plane.views.workerLoad({ ...admin, domain }, worker_id)
      await world.until('the sample to be kept', async () => (await samples()).samples.length > 0)
      expect(await samples()).toMatchObject({ domain, samples: [load(0.5)] })
    })

    test('gives a run of a schedule that begins and ends as any other, and again when it is missed', async () => {
      const { jobs } = given().world.plane
      const { link, session, take } = await joined()
      const span = { start_at: '2026-01-31T08:00:00Z', end_at: '2126-01-31T08:00:00.250Z' }
      const planned = aDefinition({ schedule: { mode: 'cron', cron: '0 0 1 1 *', ...span } })
      const { job } = await jobs.submit(admin, planned, { adhoc: false, ids: null })
      const { run_id } = await jobs.run(admin, job._id, { ids: null })
      const definition = {
        schedule: { start_at: Date.parse(span.start_at), end_at: Date.parse(span.end_at), cron: '0 0 1 1 *' },
      }
      expect(await take()).toMatchObject({ run_id, definition })
      await link.renew(session, [])
      expect((await link.renew(session, [])).again).toMatchObject([{ run_id, definition }])
    })

    test('takes a run from its submission to its end, with every byte that it wrote', async () => {
      const { world } = given()
      const { link, session, take } = await joined()
      const waiting = take()
      const id = await submitted({ name: 'ü', priority: 7, executor: { type: 'shell', script: 'echo "\\"é"' } })
      const grant = await waiting
      expect(grant).toMatchObject({ run_id: id, token: 1, attempt: 1, slot: 0, domain: 'prod' })
      expect(grant.definition).toMatchObject({ name: 'ü', executor: { type: 'shell', script: 'echo "\\"é"' } })

      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
      const place = {
        run_id: id,
        attempt: 1,
        seq: 1,
        stream: 'stdout',
        offset: 0,
        pos: 0,
        line: 1,
        cont: false,
      } as const
      const chunk = { ...place, ts: 1.5, bytes }
      expect(await link.report(session, [said(grant, { start_ts: Date.now(), chunks: [chunk] })])).toEqual([
        { run_id: id, token: 1, verdict: 'stored', stored_seq: 1 },
      ])
      const over = { ...ended('exit', 0), last_seq: 1, output: { stdout: 'ö\0', stderr: '' } }
      expect(await link.report(session, [said(grant, { start_ts: Date.now(), ended: over })])).toMatchObject([
        { verdict: 'stored' },
      ])
      expect(await world.store.runs.withOutput(id)).toMatchObject({
        run: { status: 'success' },
        output: { stdout: 'ö\0' },
      })
      const [stored] = await world.store.logs.read(id, { attempt: 0, seq: 0 }, 1000)
      expect(stored && [...stored.bytes]).toEqual([...bytes])
    })

    test('answers a renewal with what is to be stopped and forgotten', async () => {
      const { world } = given()
      const { link, session, take } = await joined()
      const id = await submitted()
      const grant = await take()
      await link.report(session, [said(grant, { start_ts: Date.now() })])
      const cancelled = new Promise((resolve) => link.onCancel(session, resolve))
      // The wait for cancels may be on its way still: the renewal says it again.
      await world.plane.runs.cancel(admin, id)
      const held = { run_id: id, token: 1 }
      const past = { run_id: id, token: 0 }
      expect(await link.renew(session, [held, past])).toEqual({
        state: 'online',
        cancel: [held],
        forget: [past],
        again: [],
        partial: false,
      })
      await Promise.race([cancelled, link.report(session, [said(grant, { ended: ended('cancel', -15) })])])
    })

    test('tells of a cancel at once', async () => {
      const { world } = given()
      const { link, session, take } = await joined({ max_concurrency: 1000 })
      const told: unknown[] = []
      link.onCancel(session, (held) => told.push(held))
      const cancelled: unknown[] = []
      // The wait for cancels may be on its way still when the first one is asked for.
      while (told.length === 0) {
        const id = await submitted()
        cancelled.push({ run_id: id, token: (await take()).token })
        await world.plane.runs.cancel(admin, id)
        await link.renew(session, [])
      }
      expect(cancelled).toContainEqual(told[0])
    })

    test('is handed what it did not name, again and under the same token', async () => {
      const { link, session, take } = await joined()
      await submitted()
      const grant = await take()
      expect((await link.renew(session, [])).again).toEqual([])
      expect((await link.renew(session, [])).again).toEqual([grant])
    })

    test('goes on with its session after a restart of the worker, and with what it holds', async () => {
      const { link, session, take } = await joined()
      await submitted()
      const grant = await take()
      await link.report(session, [said(grant, { start_ts: Date.now() })])
      const next = await given().link()
      expect((await next.register(card(), secret)).session).toBe(session)
      expect((await next.renew(session, [grant])).forget).toEqual([])
      expect(await next.report(session, [said(grant, { ended: ended('exit', 0) })])).toMatchObject([
        { verdict: 'stored' },
      ])
      const other = await given().link()
      await expect(other.register(card(), 'the secret of another')).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    test('of a session that is not known is told to register again', async () => {
      const { link } = await joined()
      await expect(link.renew('none', [])).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(link.claim('none', 1, never)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(link.report('none', [])).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    test('gives nothing new to a worker that says that it leaves; another gets it', async () => {
      const { world } = given()
      const { link, session, take } = await joined()
      const begun = await submitted()
      const held = await take()
      await link.renew(session, [held], undefined, { leaving: true })
      const id = await submitted()
      expect(await world.run(id)).toMatchObject({ status: 'pending' })
      const other = await joined({ worker_id: 'w2' })
      expect(await other.take()).toMatchObject({ run_id: id })
      expect(await world.run(begun)).toMatchObject({ status: 'dispatched', worker_id: 'w1' })
    })

    test('gives back on goodbye what was not started', async () => {
      const { world } = given()
      const { link, session } = await joined()
      const id = await submitted()
      await link.goodbye(session)
      expect(await world.run(id)).toMatchObject({ status: 'pending', attempts: [], failovers: 0 })
      expect(await world.plane.views.workers(admin)).toEqual([])
    })

    test('brings many reports with large tails in one call', async () => {
      const { world } = given()
      const { link, session } = await joined({ max_concurrency: 100 })
      const ids = await Promise.all(Array.from({ length: 60 }, () => submitted()))
      const grants: Grant[] = []
      while (grants.length < ids.length) grants.push(...(await link.claim(session, 100, never)))
      const tail = 'é'.repeat(32_000)
      const over = { ...ended('exit', 0), output: { stdout: tail, stderr: tail } }
      const acks = await link.report(
        session,
        grants.map((grant) => said(grant, { start_ts: Date.now(), ended: over })),
      )
      expect(acks.map(({ run_id }) => run_id)).toEqual(grants.map(({ run_id }) => run_id))
      expect(new Set(acks.map(({ verdict }) => verdict))).toEqual(new Set(['stored']))
      expect((await world.run(String(ids[0]))).status).toBe('success')
    })
  })
}
