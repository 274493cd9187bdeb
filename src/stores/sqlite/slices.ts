/** Documents that are taken apart in one go: some milliseconds of the event loop's time. */
const atOnce = 100

/**
 * Makes something of each document of a page, some at a time; between, the event loop serves others, whom a page of a
 * thousand would hold up for 20 ms. The texts were read at once before: what is deleted meanwhile shortens no page.
 */
export async function inSlices<Made>(docs: readonly string[], make: (doc: string) => Made): Promise<readonly Made[]> {
  const made: Made[] = []
  for (let at = 0; at < docs.length; at += atOnce) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve))
    made.push(...docs.slice(at, at + atOnce).map(make))
  }
  return made
}
