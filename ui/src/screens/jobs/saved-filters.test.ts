import { expect, test, vi } from 'vitest'

// It reads the browser's storage when it is loaded.
vi.stubGlobal('localStorage', { getItem: () => '[{"name": "kept", "search": {"q": "x"}}]' })
const { filterHref, present, read, sameFilter, textsOf } = await import('./saved-filters.ts')

test('what the browser has kept is there from the start', () => {
  expect(present()).toEqual([{ name: 'kept', search: { q: 'x' } }])
})

test('what was kept is read, and what somebody broke is none', () => {
  const kept = [{ name: 'paused', search: { enabled: 'false', q: 'x y' } }]
  expect(read(JSON.stringify(kept))).toEqual(kept)
  for (const broken of [null, '', '{', '7', '{"a": 1}', '[7, null, {"name": 1, "search": {}}, {"name": "x"}]'])
    expect(read(broken), String(broken)).toEqual([])
})

test('a filter is known by what it narrows to, in whatever order that is written', () => {
  const filter = { name: 'paused', search: textsOf({ q: 'x&y', enabled: false, sort: undefined }) }
  expect(filter.search).toEqual({ enabled: 'false', q: 'x&y' })
  expect(filterHref(filter)).toBe('/jobs?enabled=false&q=x%26y')
  expect(sameFilter([filter], { enabled: false, q: 'x&y' })).toBe(filter)
  expect(sameFilter([filter], { q: 'x&y' })).toBeUndefined()
})
