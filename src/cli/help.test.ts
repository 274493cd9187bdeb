import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { beforeAll, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { programFor } from './program.ts'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** A screen: characters of a line, lines. */
const screen = { width: 80, height: 36 }

/** Every command by what it is called, `workers drain` too. */
const all = new Map<string, Command>()

beforeAll(async () => {
  for (const { name } of commands) {
    const command = (await programFor([name], () => {})).commands.find((one) => one.name() === name)
    if (!command) throw new Error(`there is no command ${name}`)
    all.set(name, command)
    for (const sub of command.commands) all.set(`${name} ${sub.name()}`, sub)
  }
})

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => screen.width }).outputHelp()
  return text
}

const flagsOf = (command: Command): string[] =>
  command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '')

test('each help fits a screen, and shows examples first', () => {
  for (const [name, command] of all) {
    const lines = helpOf(command).split('\n')
    expect(lines[0], name).toBe('Examples:')
    expect(lines.length, name).toBeLessThanOrEqual(screen.height)
    for (const line of lines) expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(screen.width)
  }
})

test('every call in an example or in the documentation is one that is understood', () => {
  const calls = [...all.values()]
    .map(helpOf)
    .concat(page, readme)
    .flatMap((text) => [...text.matchAll(/(?:^|[|(;] |\$\()\s*(?:[A-Z_]+=\S+ )*(?:npx )?hydra ([a-z][^\n#|)]*)/gm)])
  expect(calls.length).toBeGreaterThan(30)
  for (const [whole, rest = ''] of calls) {
    const [first = '', second = ''] = rest.trim().split(/\s+/)
    const command = all.get(`${first} ${second}`) ?? all.get(first)
    expect(command, whole).toBeDefined()
    for (const [flag] of rest.matchAll(/(?<=\s)--?[a-z][\w-]*/g))
      expect(
        command?.options.some(({ long, short }) => long === flag || short === flag),
        `${whole}: ${flag}`,
      ).toBe(true)
  }
})

test('docs/cli.md names every command with all its options, and none that is not there', () => {
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((section) => [/^`hydra ([a-z ]+?)`?(?: |`|$)/m.exec(section)?.[1] ?? section, section]),
  )
  const common = new Set(['--server', '--token-file', '--domain', '--json', '--jsonl', '--help'])
  for (const [name, command] of all) {
    const [group = ''] = name.split(' ')
    const section = sections.get(name) ?? sections.get(group) ?? ''
    expect(section, name).not.toBe('')
    if (name.includes(' ')) expect(section).toContain(`\`${name.split(' ')[1]}`)
    for (const flag of flagsOf(command)) if (!common.has(flag)) expect(section, name).toContain(flag)
  }
  const known = new Set([...all.values()].flatMap(flagsOf))
  for (const [flag] of page.matchAll(/--[a-z][\w-]+/g)) expect([...known, '--help', '--version']).toContain(flag)
})

test('the exit codes of docs/cli.md are those of the program', () => {
  const documented = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  expect(documented).toEqual(Object.values(exitCodes))
})
