import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answers, Load } from './load.ts'
import { token } from './server.ts'

/** One request; its JSON object. */
export async function call(
  port: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const headers = { 'x-api-key': token, 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const parsed: unknown = await answer.json()
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${path} answered ${answer.status}`)
  return { ...parsed }
}

/** A request that is asked again and again. */
export const load = (port: number, more: Partial<Load>): Load => ({
  port,
  token,
  method: 'GET',
  path: '/health',
  body: '',
  count: 1,
  atATime: 1,
  pace: 0,
  ...more,
})

/** In a process of its own: on two cores a client in ours would be measured with us. */
export async function askApart(what: Load): Promise<Answers> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('load.ts', import.meta.url)), JSON.stringify(what)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const piece of child.stdout) text += String(piece)
  const answers: Answers = JSON.parse(text)
  if (answers.failures > 0) console.log(`  ! ${answers.failures} requests failed`)
  return answers
}

const paused = { enabled: false }
/** A job that runs when it is told to. */
export const makeJob = async (port: number, executor: unknown, more: Record<string, unknown> = {}): Promise<string> =>
  String((await call(port, 'POST', '/jobs/', { name: 'bench', executor, schedule: paused, ...more }))._id)

/** Runs of a job per second over HTTP, from the first request until the last run is final. */
export async function realRuns(port: number, job: string, count: number): Promise<number> {
  const begin = performance.now()
  await askApart(load(port, { method: 'POST', path: `/jobs/${job}/run`, count, atATime: 24 }))
  for (;;) {
    const [row] = Object.values(await call(port, 'GET', `/overview/jobs?job_id=${job}`))
    const done = JSON.stringify(row).match(/"success_runs":(\d+)/)?.[1]
    const all = JSON.stringify(row).match(/"total_runs":(\d+)/)?.[1]
    if (done === all) return (count / (performance.now() - begin)) * 1000
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
