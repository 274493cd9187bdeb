import './styles.ts'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { loadAnew } from './anew.ts'
import { nonce } from './nonce.ts'

setNonce(nonce)

// A new build is there, and a part of this one is not any more: the page is loaded anew, once.
window.addEventListener('vite:preloadError', (event) => {
  // Else the router would load it anew itself, whether the server is there or not.
  event.preventDefault()
  const key = 'hydra_reloaded'
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 60_000) return
  sessionStorage.setItem(key, String(Date.now()))
  void loadAnew()
})

const root = document.getElementById('root')
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
