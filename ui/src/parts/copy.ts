/** Puts a text on the clipboard. A page without TLS has no clipboard but by selecting. @throws where that is refused, too */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const box = document.createElement('textarea')
  box.value = text
  box.className = 'hidden'
  document.body.append(box)
  box.select()
  const isCopied = document.execCommand('copy')
  box.remove()
  if (!isCopied) throw new Error('The browser refused to copy.')
}
