import { expect, test } from 'vitest'
import { readImport } from './read-import.ts'

const options = { zone: 'UTC', hasUser: false }

test('definitions are read from JSON and YAML: one, a list, several documents, or under jobs', () => {
  const names = (text: string): readonly unknown[] => readImport(text, options).jobs.map(({ name }) => name)
  expect(names('{"name": "a"}')).toEqual(['a'])
  expect(names('[{"name": "a"}, {"name": "b"}]')).toEqual(['a', 'b'])
  expect(names('name: a\n---\nname: b\n')).toEqual(['a', 'b'])
  expect(names('jobs:\n  - name: a\n  - name: b\n')).toEqual(['a', 'b'])
})

test('what cannot be read is told of, and the rest is read', () => {
  expect(readImport('[{"name": "a"}, 7]', options)).toMatchObject({
    jobs: [{ name: 'a' }],
    leftOut: ['7: it is no definition, which is an object'],
  })
  expect(readImport('name: [', options).leftOut).toHaveLength(1)
  expect(readImport('  \n', options).kind).toBe('nothing')
})
