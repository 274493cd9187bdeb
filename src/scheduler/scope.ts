/** By which token somebody acts, and from where: for the audit. */
export interface Via {
  /** null: the admin's. */
  readonly token_id: string | null
  readonly address: string
  /** What the client calls itself. */
  readonly agent: string | null
}

/** Whom an act or a view is for. Made by authentication, and by nothing else. */
export interface Scope {
  /** The only domain that is seen and touched; null: an admin that named none sees all. */
  readonly domain: string | null
  /** The domain that what is created goes to. */
  readonly home: string
  /** The token's name, for the audit, `cancelled by NAME` and the like. */
  readonly actor: string
  /** Absent where the act did not come over the API. */
  readonly via?: Via
}

/** Whether something of this domain exists for the scope. What is foreign is as if it did not. */
export const sees = (scope: Scope, domain: string): boolean => scope.domain === null || scope.domain === domain
