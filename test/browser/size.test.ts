import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

interface Part {
  readonly file: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
  readonly isEntry?: boolean
  readonly isDynamicEntry?: boolean
}

const folder = fileURLToPath(new URL('../../dist/ui/', import.meta.url))
const parts: Readonly<Record<string, Part>> = JSON.parse(readFileSync(`${folder}.vite/manifest.json`, 'utf8'))

/** A part and all that is loaded with it. */
function loadedWith(name: string, seen = new Set<string>()): ReadonlySet<string> {
  const part = parts[name]
  if (part === undefined || seen.has(name)) return seen
  seen.add(name)
  for (const other of part.imports ?? []) loadedWith(other, seen)
  return seen
}

/** Compressed bytes of programs, and of style sheets. */
function weight(names: Iterable<string>): { js: number; css: number } {
  const size = (file: string): number => gzipSync(readFileSync(folder + file)).length
  const all = [...names].flatMap((name) => parts[name] ?? [])
  const css = new Set(all.flatMap((part) => part.css ?? []))
  const js = new Set(all.map(({ file }) => file))
  const sum = (files: ReadonlySet<string>): number => [...files].reduce((bytes, file) => bytes + size(file), 0)
  return { js: sum(js), css: sum(css) }
}

const names = Object.keys(parts)
const entries = names.filter((name) => parts[name]?.isEntry)
const screens = names.filter((name) => parts[name]?.isDynamicEntry && name.endsWith('Screen.tsx'))

test('whichever screen is opened first, it loads under 250 kB of programs and 40 kB of style sheets, compressed', () => {
  expect(entries).toHaveLength(1)
  expect(screens.length).toBeGreaterThan(3)
  for (const screen of screens) {
    const { js, css } = weight(new Set([...entries, screen].flatMap((name) => [...loadedWith(name)])))
    expect({ screen, js: js < 250_000, css: css < 40_000 }, `${screen}: ${js} and ${css} bytes`).toEqual({
      screen,
      js: true,
      css: true,
    })
  }
})
