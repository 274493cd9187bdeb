import { expect, test } from 'vitest'
import { serversOwn } from './found-lines.ts'

test('the server looks for what means the same to it: words, choices between them, anchors', () => {
  for (const same of ['ERR|WARN', '^out 3', 'done$', 'exit code: 1', 'größe = "x"', 'a/b-c_d@e']) {
    expect(serversOwn(new RegExp(same, 'u')), same).toBe(true)
  }
})

test('what the two languages read differently, or one of them does not know, is looked for here', () => {
  for (const other of ['a.b', '\\s', '\\bERR', '[^a]', '(?=x)', 'x*', 'é{2}', '', 'a\\.b', 'x'.repeat(1001)])
    expect(serversOwn(new RegExp(other, 'u')), other).toBe(false)
})
