import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { sendArray } from './array-stream.ts'

async function answered(pieces: readonly (readonly unknown[])[]): Promise<unknown> {
  const app = Fastify()
  app.get('/', (_request, reply) =>
    sendArray(
      reply,
      (async function* () {
        yield* pieces
      })(),
    ),
  )
  const { body, headers } = await app.inject('/')
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  await app.close()
  return JSON.parse(body)
}

test('pieces make one array, whichever of them are empty', async () => {
  expect(await answered([])).toEqual([])
  expect(await answered([[], []])).toEqual([])
  expect(await answered([[1], [], [{ a: '],[' }, null], []])).toEqual([1, { a: '],[' }, null])
  expect(await answered([[], [[]], [[1]]])).toEqual([[], [1]])
})
