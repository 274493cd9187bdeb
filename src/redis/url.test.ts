import { describe, expect, test } from 'vitest'
import { placeOf, readRedisUrl } from './url.ts'

describe('a REDIS_URL', () => {
  test('of one server', () => {
    expect(readRedisUrl('redis://localhost')).toMatchObject({
      kind: 'single',
      tls: null,
      addresses: [{ host: 'localhost', port: 6379 }],
      username: null,
      password: null,
      db: 0,
    })
    expect(readRedisUrl('rediss://ann:p%40ss:word@[::1]:7000/3')).toMatchObject({
      tls: { ca: null, cert: null, key: null },
      addresses: [{ host: '::1', port: 7000 }],
      username: 'ann',
      password: 'p@ss:word',
      db: 3,
    })
    expect(readRedisUrl('redis://:100%@h')).toMatchObject({ username: null, password: '100%' })
  })
  test('of sentinels, and of a cluster', () => {
    expect(readRedisUrl('redis+sentinel://:pw@a,b:26380/jobs/2?sentinel_password=other')).toMatchObject({
      kind: 'sentinel',
      addresses: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 26_380 },
      ],
      password: 'pw',
      db: 2,
      name: 'jobs',
      sentinel: { username: null, password: 'other' },
    })
    const cluster = readRedisUrl('rediss+cluster://a:7001,b?tls_ca_file=/etc/ca%201.pem&tls_cert_file=c&tls_key_file=k')
    expect(cluster).toMatchObject({ kind: 'cluster', tls: { ca: '/etc/ca 1.pem', cert: 'c', key: 'k' }, db: 0 })
    expect(placeOf(cluster)).toBe('a:7001, b:6379')
  })
  test.each([
    ['redis://a,b', 'redis://[USER:PASSWORD@]HOST'],
    ['redis://:secret@a/x', 'redis://[USER:PASSWORD@]HOST'],
    ['redis://a:99999', 'redis://[USER:PASSWORD@]HOST'],
    ['redis://', 'redis://[USER:PASSWORD@]HOST'],
    ['redis+sentinel://a', 'HOST[:PORT][,HOST…]/NAME'],
    ['redis+cluster://a/1', 'redis+cluster://'],
  ])('%s is refused with the form that it should have, and no secret', (url, form) => {
    const sentence = (): unknown => readRedisUrl(url)
    expect(sentence).toThrow(form)
    expect(sentence).not.toThrow('secret')
  })
})
