/** A host that answers, and its port. */
interface Address {
  readonly host: string
  readonly port: number
}

/** Files in PEM form that TLS needs beside what the system trusts; null: none. */
export interface TlsFiles {
  /** Whom the server's certificate is signed by. */
  readonly ca: string | null
  /** The client's own certificate, and its key: a server may want one. */
  readonly cert: string | null
  readonly key: string | null
}

/** What a REDIS_URL says. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  /** null: without TLS. */
  readonly tls: TlsFiles | null
  /** The server; or the sentinels, or some nodes of the cluster. */
  readonly addresses: readonly Address[]
  readonly username: string | null
  readonly password: string | null
  /** The database number; 0 on a cluster. */
  readonly db: number
  /** What the sentinels call the master; empty otherwise. */
  readonly name: string
  readonly sentinel: { readonly username: string | null; readonly password: string | null }
}

const forms = {
  single: 'redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]',
  sentinel: 'redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST…]/NAME[/DATABASE][?sentinel_password=…]',
  cluster: 'redis+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST…]',
} as const

const ports = { single: 6379, sentinel: 26_379, cluster: 6379 } as const

/**
 * Reads a REDIS_URL: one server, sentinels or a cluster, each with `rediss` for TLS. Names and passwords are percent-encoded.
 * @throws with a sentence that shows the form, and never the URL: that may hold a password
 */
export function readRedisUrl(url: string): RedisTarget {
  const whole = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^/?@]+)((?:\/[^?/]*)*)(?:\?(.*))?$/i.exec(url)
  const kind = kindOf(whole?.[2])
  const [, scheme = '', , credentials = '', hosts = '', path = '', query = ''] = whole ?? []
  const addresses = hosts.split(',').map((text) => addressOf(text, ports[kind]))
  const parts = path.split('/').filter((part) => part !== '')
  const name = kind === 'sentinel' ? (parts.shift() ?? '') : ''
  const db = kind === 'cluster' ? 0 : Number(parts.shift() ?? 0)
  const read = addresses.filter((address) => address !== null)
  const isWhole = read.length === addresses.length && (kind !== 'single' || read.length === 1)
  if (!whole || !isWhole || parts.length > 0 || !Number.isInteger(db) || db < 0 || (kind === 'sentinel' && name === ''))
    throw new Error(`REDIS_URL must have the form ${forms[kind]}.`)
  const [user = '', ...secret] = credentials.split(':')
  const more = new URLSearchParams(query)
  return {
    kind,
    tls: scheme.toLowerCase() === 'rediss' ? tlsFiles(more) : null,
    addresses: read,
    username: decoded(user),
    password: decoded(secret.join(':')),
    db,
    name: decodeURIComponent(name),
    sentinel: { username: more.get('sentinel_username') || null, password: more.get('sentinel_password') || null },
  }
}

const tlsFiles = (more: URLSearchParams): TlsFiles => ({
  ca: more.get('tls_ca_file') || null,
  cert: more.get('tls_cert_file') || null,
  key: more.get('tls_key_file') || null,
})

/** How a target is named in a sentence: where it is, without secrets. */
export const placeOf = ({ addresses }: RedisTarget): string =>
  addresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ')

const kindOf = (word: string | undefined): RedisTarget['kind'] =>
  word?.toLowerCase() === 'sentinel' ? 'sentinel' : word?.toLowerCase() === 'cluster' ? 'cluster' : 'single'

/** A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
function addressOf(text: string, otherwise: number): Address | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = found?.[3] === undefined ? otherwise : Number(found[3])
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port }
}

function decoded(text: string): string | null {
  if (text === '') return null
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that encodes nothing is meant as it stands.
    return text
  }
}
