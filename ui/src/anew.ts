/** Loads the page anew where the server answers: while it is away, what is shown is better than the browser's own error. */
export async function loadAnew(): Promise<void> {
  const answer = await fetch(import.meta.env.BASE_URL, { cache: 'no-store' }).catch(() => null)
  if (answer?.ok === true) window.location.reload()
}
