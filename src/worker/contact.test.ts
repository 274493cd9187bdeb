import { expect, test } from 'vitest'
import { openLog } from '../runtime/log.ts'
import { Contact } from './contact.ts'

test('what fails is told once until it succeeds, whatever else succeeds meanwhile', () => {
  const lines: string[] = []
  const contact = new Contact(openLog({ level: 'info', terminal: false, sink: { write: (line) => lines.push(line) } }))
  for (let n = 0; n < 3; n += 1) {
    contact.failed('claim', new Error('away'))
    contact.succeeded('renew')
  }
  contact.succeeded('claim')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', doing: 'claim', error: 'away' },
    { level: 'info', doing: 'claim', msg: 'the control plane answers again' },
  ])
})
