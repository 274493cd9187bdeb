import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { OwnRedis } from './own.ts'

/** Why tests of TLS are skipped. */
export const noTls = 'there is no openssl here, or a redis-server without TLS'

/** A Redis that lets nobody in but over TLS, with a certificate of its own making and a password. */
export class TlsRedis {
  readonly redis: OwnRedis
  /** The files that lie beside it. */
  readonly ca: string
  readonly key: string

  private constructor(redis: OwnRedis) {
    this.redis = redis
    this.ca = join(redis.folder, 'cert.pem')
    this.key = join(redis.folder, 'key.pem')
  }

  /** @returns null where there is no openssl, or the server knows no TLS */
  static async start(): Promise<TlsRedis | null> {
    const own = await OwnRedis.start()
    const tls = new TlsRedis(own)
    if (await tls.#listens()) return tls
    await own.end()
    return null
  }

  async #listens(): Promise<boolean> {
    const { client, busPort } = this.redis
    const names = ['-subj', '/CN=hydra', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', this.key, '-out', this.ca]
    if (spawnSync('openssl', [...made, ...names], { stdio: 'ignore' }).status !== 0) return false
    const files = ['tls-cert-file', this.ca, 'tls-key-file', this.key, 'tls-ca-cert-file', this.ca]
    try {
      await client.call('CONFIG', 'SET', ...files, 'tls-port', String(busPort), 'requirepass', 'p@ss')
      return true
    } catch {
      return false
    }
  }

  /** @param files what the client brings; by default all that this server wants */
  url(files: Record<string, string> = this.files, password = 'p%40ss'): string {
    return `rediss://:${password}@localhost:${this.redis.busPort}/0?${new URLSearchParams(files)}`
  }

  get files(): Record<string, string> {
    return { tls_ca_file: this.ca, tls_cert_file: this.ca, tls_key_file: this.key }
  }
}
