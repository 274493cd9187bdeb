/** Where the API is: the page's own server, unless the build or `npm run dev` was told otherwise. */
export const server: string = import.meta.env.VITE_API_BASE_URL ?? ''
