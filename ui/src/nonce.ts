/** What style sheets that are added by the program must carry: the policy refuses others. Another for each answer of the server. */
export const nonce: string = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
