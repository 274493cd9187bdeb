import { afterAll, afterEach, describe, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { noRedis, sharedRedis } from '../redis/shared.ts'
import { brokerSuite } from './broker.suite.ts'

const redis = sharedRedis('broker')

if (redis) {
  const opened: RedisBroker[] = []
  const open = async (): Promise<RedisBroker> => {
    const broker = await RedisBroker.open(redis.url, silentLog)
    opened.push(broker)
    return broker
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((broker) => broker.close()))
    await redis.empty()
  })
  afterAll(() => redis.leave())

  brokerSuite({ name: 'redis', open })
} else {
  describe('redis', () => {
    test('what every broker must do', (context) => context.skip(noRedis))
  })
}
