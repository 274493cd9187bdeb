type Json = unknown

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSame = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other)

/**
 * What turns one object into another by RFC 7396, where objects merge: what is to be gone is sent as null. Pure.
 * @returns only what differs; empty where nothing does
 */
export function mergePatch(
  from: Readonly<Record<string, Json>>,
  to: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const patch: Record<string, Json> = {}
  for (const name of Object.keys(from)) if (!(name in to)) patch[name] = null
  for (const [name, value] of Object.entries(to)) {
    const before = from[name]
    if (isSame(before, value)) continue
    patch[name] = isObject(before) && isObject(value) ? mergePatch(before, value) : value
  }
  return patch
}

/** An object with a patch applied to it (RFC 7396). Pure. */
export function patchedWith(
  from: Readonly<Record<string, Json>>,
  patch: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const patched = new Map(Object.entries(from))
  for (const [name, value] of Object.entries(patch)) {
    const before = patched.get(name)
    if (value === null) patched.delete(name)
    else patched.set(name, isObject(value) ? patchedWith(isObject(before) ? before : {}, value) : value)
  }
  return Object.fromEntries(patched)
}
