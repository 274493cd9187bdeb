import { expect, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { aCard, ids, now, waiting } from '../contract/broker.given.ts'
import { hasServer, noServer } from './own.ts'
import { noTls, TlsRedis } from './tls.ts'

test('over TLS with files and a password of its own the queue works; without one of them the start says what is wrong', async (context) => {
  if (!hasServer) context.skip(noServer)
  const tls = await TlsRedis.start()
  if (tls === null) return context.skip(noTls)
  context.onTestFinished(() => tls.redis.end())
  const place = `localhost:${tls.redis.busPort}`
  const opened = (url: string) => RedisBroker.open(url, silentLog)

  await expect(opened(tls.url({}))).rejects.toThrow(
    `Redis cannot be reached at ${place}: self-signed certificate: name the file of the certificate that signed it in REDIS_URL, as ?tls_ca_file=FILE.`,
  )
  const { tls_ca_file = '', ...own } = tls.files
  await expect(opened(tls.url({ tls_ca_file }))).rejects.toThrow(`Redis cannot be reached at ${place}: `)
  await expect(opened(tls.url(own))).rejects.toThrow('self-signed certificate')
  await expect(opened(tls.url({ tls_ca_file: '/nowhere/ca.pem' }))).rejects.toThrow(
    /^The tls_ca_file of REDIS_URL cannot be read: ENOENT.*\/nowhere\/ca\.pem'\.$/,
  )
  const wrong = opened(tls.url(tls.files, 'another'))
  await expect(wrong).rejects.toThrow(`Redis cannot be reached at ${place}: WRONGPASS`)
  await expect(wrong).rejects.not.toThrow('another')
  await expect(opened(`redis://:p%40ss@${place}`)).rejects.toThrow(`Redis cannot be reached at ${place}: `)

  const broker = await opened(tls.url())
  context.onTestFinished(() => broker.close())
  await broker.enqueue([waiting('a'), waiting('b')])
  await broker.admit({ card: aCard(), session: 's1', state: 'online' }, [], now)
  expect(ids(await broker.reserve(9, now))).toEqual(['a', 'b'])
  expect(await broker.lapse(now)).toEqual({ freed: 0, isLost: false })
})
