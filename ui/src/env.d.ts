import 'react'

declare global {
  interface ImportMetaEnv {
    /** Where the API is, such as `http://localhost:8000`; empty: where the page is. */
    readonly VITE_API_BASE_URL?: string
  }
}

declare module 'react' {
  interface CSSProperties {
    [variable: `--${string}`]: string | number | undefined
  }
}
