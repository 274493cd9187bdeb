import { expect, test } from 'vitest'
import { aRig, aShell, type Rig } from './rig.ts'

const mebibyte = 1024 * 1024
const none = { stdout_contains: [], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] }

test('30 MB come whole, in order, and a text at their beginning is seen', async () => {
  const rig = await aRig()
  const order = aShell('echo needle; head -c 30000000 /dev/zero | tr "\\0" "x"; echo; echo last', {
    needles: { ...none, stdout_contains: ['needle', 'absent'], stdout_not_contains: ['xxlast'] },
  })
  const end = await rig.run(order)
  expect(end.seen).toMatchObject({ stdout_contains: [true, false], stdout_not_contains: [false] })
  expect(end).toMatchObject({ bytes: 30_000_013, dropped: 0 })
  expect(end.stdout).toHaveLength(65_536)
  expect(end.stdout.endsWith('x\nlast\n')).toBe(true)
  const bytes = rig.bytes(order, 'stdout')
  expect(bytes).toHaveLength(30_000_013)
  expect(bytes.subarray(0, 10).toString()).toBe('needle\nxxx')
  const chunks = rig.chunks(order)
  expect(chunks.map((chunk) => chunk.seq)).toEqual(chunks.map((_, i) => i + 1))
  expect(chunks.every((chunk) => chunk.length <= 65_536)).toBe(true)
})

test('past the log limit output is dropped, counted and still searched, and the log says so at once and at the end', async () => {
  const rig = await aRig()
  const order = aShell('printf "0123456789abcdef"; printf "late" >&2; sleep 0.1; echo "and on: needle"; exit 1', {
    log_limit: 10,
    needles: { ...none, stdout_contains: ['needle'] },
  })
  const end = await rig.run(order)
  expect(end.stdout).toBe('0123456789abcdefand on: needle\n')
  expect(end).toMatchObject({ returncode: 1, bytes: 35, dropped: 25, seen: { stdout_contains: [true] } })
  // The line that was cut ends before the notices, or the two would stand in one line of the whole log.
  expect(rig.bytes(order, 'stdout').toString()).toBe('0123456789\n')
  expect(rig.bytes(order, 'stderr').toString()).toBe(
    '[hydra] the log limit of 10 bytes is reached: what follows is not kept\n[hydra] 25 bytes of output were dropped: the log limit is 10 bytes\n',
  )
})

test('what is no UTF-8 lies in the log byte by byte, and shows as U+FFFD in the tail', async () => {
  const rig = await aRig()
  const order = aShell("printf 'a\\xff\\xfeb\\xc3'; sleep 0.15; printf '\\xa9\\xe2\\x82'")
  const end = await rig.run(order)
  expect(rig.bytes(order, 'stdout')).toEqual(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xc3, 0xa9, 0xe2, 0x82]))
  expect(end.stdout).toBe('a\ufffd\ufffdb\u00e9\ufffd')
  // The half character waited for its other half.
  expect(rig.chunks(order).map((chunk) => [chunk.offset, chunk.length])).toEqual([
    [0, 4],
    [4, 2],
    [6, 2],
  ])
})

test('lines of both streams are numbered together, each when its first byte is read', async () => {
  const rig = await aRig()
  const order = aShell(
    'printf "on"; sleep 0.2; printf "two\\n" >&2; sleep 0.2; printf "e\\nthree\\n"; sleep 0.2; echo four >&2',
  )
  await rig.run(order)
  const seen = rig.chunks(order).map(({ stream, line, cont, length }) => ({ stream, line, cont, length }))
  expect(seen).toEqual([
    { stream: 'stdout', line: 1, cont: false, length: 2 },
    { stream: 'stderr', line: 2, cont: false, length: 4 },
    { stream: 'stdout', line: 1, cont: true, length: 2 },
    { stream: 'stdout', line: 3, cont: false, length: 6 },
    { stream: 'stderr', line: 4, cont: false, length: 5 },
  ])
})

test('a job waits while 64 MiB of its output are not acknowledged, and goes on when they are', async () => {
  const rig = await aRig()
  const order = aShell('head -c 100000000 /dev/zero; echo done >&2', { log_limit: 200 * mebibyte, timeout: 60_000 })
  rig.send(order)
  const spooled = (): number => rig.chunks(order).reduce((sum, chunk) => sum + chunk.length, 0)
  await rig.until('64 MiB', () => spooled() >= 64 * mebibyte || undefined)
  const stoodAt = await standsStill(rig, spooled)
  expect(stoodAt).toBeLessThanOrEqual(64 * mebibyte + 64 * 1024)
  const { run_id, token } = order
  rig.send({ kind: 'ack', run_id, token, seq: rig.chunks(order).at(-1)?.seq ?? 0, done: false })
  expect(await rig.end(order)).toMatchObject({ returncode: 0, bytes: 100_000_005, dropped: 0, stderr: 'done\n' })
  expect(spooled()).toBe(100_000_005)
})

test('a job that waits for its acknowledgement is ended by its timeout', async () => {
  const rig = await aRig()
  const order = aShell('exec head -c 100000000 /dev/zero', { log_limit: 200 * mebibyte, timeout: 1500, grace: 100 })
  expect(await rig.run(order)).toMatchObject({ cause: 'timeout', returncode: -15 })
})

/** The value that has not changed over ten answers to pings: each is a turn of the supervisor's loop and of ours. */
async function standsStill(rig: Rig, value: () => number): Promise<number> {
  let [last, same] = [-1, 0]
  for (let n = 1; same < 10; n += 1) {
    rig.send({ kind: 'ping', n })
    await rig.until(`pong ${n}`, () => rig.notes.find((note) => note.kind === 'pong' && note.n === n))
    same = value() === last ? same + 1 : 0
    last = value()
  }
  return last
}
