import { useEffect, useRef } from 'react'

/**
 * Keeps what is typed while something that takes it is still being loaded, so that no key is lost.
 * @returns what was typed so far, to be taken once
 */
export function useTypedAhead(isLoading: boolean): () => string {
  const typed = useRef('')
  useEffect(() => {
    if (!isLoading) return
    typed.current = ''
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key.length === 1) typed.current += event.key
      else if (event.key === 'Backspace') typed.current = typed.current.slice(0, -1)
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [isLoading])
  return () => typed.current
}
