import type { HydraClient } from '../../../../src/client/index.ts'

/** The whole log as a file of the browser's: a link could send no token in a header. */
async function rawUrl(hydra: HydraClient, runId: string): Promise<string> {
  const bytes = await new Response(await hydra.runs.log(runId)).blob()
  return URL.createObjectURL(new Blob([bytes], { type: 'text/plain; charset=utf-8' }))
}

/** In a tab of its own, where the browser's own search finds everything. */
export async function openRaw(hydra: HydraClient, runId: string): Promise<void> {
  // Opened at once, or the browser takes it for a pop-up.
  const tab = window.open('', '_blank')
  const url = await rawUrl(hydra, runId)
  if (tab === null) window.location.assign(url)
  else tab.location.replace(url)
}

export async function saveRaw(hydra: HydraClient, runId: string): Promise<void> {
  const url = await rawUrl(hydra, runId)
  const link = document.createElement('a')
  link.href = url
  link.download = `${runId}.log`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
