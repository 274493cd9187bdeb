import type { Millis } from '../model/time.ts'
import { answers, type Probe, versionIn } from './probe.ts'

/** A program may be upgraded while the worker lives. */
const keptFor: Millis = 60_000

/** What programs on the worker's PATH say of their version, each asked once a minute at most. */
export class Versions {
  readonly #environment: Readonly<Record<string, string>>
  readonly #probe: Probe
  readonly #known = new Map<string, { readonly version: string; readonly until: Millis }>()

  constructor(environment: Readonly<Record<string, string>>, probe: Probe = answers) {
    this.#environment = environment
    this.#probe = probe
  }

  /** Those that answer, with their version. Never rejects. @param now monotonic, ms */
  async of(names: readonly string[], now: Millis): Promise<Readonly<Record<string, string>>> {
    const asked = await Promise.all(names.map(async (name) => [name, await this.#version(name, now)] as const))
    return Object.fromEntries(asked.flatMap(([name, version]) => (version === null ? [] : [[name, version]])))
  }

  async #version(name: string, now: Millis): Promise<string | null> {
    const known = this.#known.get(name)
    if (known && known.until > now) return known.version
    const version = versionIn(await this.#probe(name, ['--version'], this.#environment))
    if (version === null) this.#known.delete(name)
    else this.#known.set(name, { version, until: now + keptFor })
    return version
  }
}
