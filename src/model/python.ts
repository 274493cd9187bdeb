/** The Python that a job asks for: a version of one to three numbers, or else a program by its name or path. */
export interface PythonWish {
  readonly version: readonly number[] | null
  readonly name: string
}

const versionShape = /^(?:python)?(\d+(?:\.\d+){0,2})$/i

/**
 * `python_version` wins over `interpreter`: `3.11` and `python3.11` are the same, and what is not a version (`pypy3`) is a
 * program's name. Pure. Source: the wire contract, "Executors".
 */
export function pythonWish(python: {
  readonly interpreter: string
  readonly environment: { readonly python_version: string | null }
}): PythonWish {
  const asked = python.environment.python_version?.trim() ?? null
  const numbers = versionShape.exec(asked ?? '')?.[1]
  return { version: numbers?.split('.').map(Number) ?? null, name: asked ?? python.interpreter }
}

/** What begins as a version does, and is none: `3.x`, `>=3.11`. */
export const isNoVersion = (given: string): boolean =>
  /^(?:python)?[\d.<>=~^]/i.test(given) && !versionShape.test(given)
