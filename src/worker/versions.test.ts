import { expect, test } from 'vitest'
import { Versions } from './versions.ts'

test('each program is asked once a minute at most, and one that is not there each time', async () => {
  const asked: string[] = []
  let said = 'Python 3.11.7'
  const versions = new Versions({ PATH: '/bin' }, async (file, args, env) => {
    asked.push([file, ...args, env.PATH].join(' '))
    return file === 'python3' ? said : null
  })
  expect(await versions.of(['python3', 'python4'], 0)).toEqual({ python3: '3.11.7' })
  said = 'Python 3.11.9'
  expect(await versions.of(['python3', 'python4'], 59_000)).toEqual({ python3: '3.11.7' })
  expect(await versions.of(['python3'], 61_000)).toEqual({ python3: '3.11.9' })
  const [three, four] = ['python3 --version /bin', 'python4 --version /bin']
  expect(asked).toEqual([three, four, four, three])
})
