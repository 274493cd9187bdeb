import { afterAll, afterEach, beforeEach, describe, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { noRedis, sharedRedis } from '../redis/shared.ts'
import { World } from '../scheduler/harness.ts'
import { linkSuite } from './link.suite.ts'

const redis = sharedRedis('link')

if (redis) {
  let world: World
  beforeEach(async () => {
    await redis.empty()
    world = await World.open(undefined, () => RedisBroker.open(redis.url, silentLog))
  })
  afterEach(() => world.close())
  afterAll(() => redis.leave())

  linkSuite({ name: 'direct, with Redis', given: () => ({ world, link: () => world.plane.desk }) })
} else {
  describe('direct, with Redis', () => {
    test('what every link must do', (context) => context.skip(noRedis))
  })
}
