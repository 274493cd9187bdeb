import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The page lives under /ui/ of the server, which puts its own nonce in place of the mark (src/http/page.ts). */
export default defineConfig({
  base: '/ui/',
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    // What each part needs, for the test of what is loaded first.
    manifest: true,
    target: 'es2022',
    // Style sheets and programs alone come from the server: the policy has no room for data in an address.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    // What most screens share comes in one file: a browser fetches six at a time, and each costs a kilobyte of headers.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 9 }] } } },
  },
  server: { port: 5173, strictPort: true },
})
