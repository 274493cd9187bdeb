import { beforeEach } from 'vitest'
import { MemoryBroker } from '../../src/brokers/memory/memory.ts'
import { brokerSuite } from './broker.suite.ts'

let broker = new MemoryBroker()
beforeEach(() => {
  broker = new MemoryBroker()
})

// Of this driver there is one for all schedulers, since there is one scheduler.
brokerSuite({ name: 'memory', open: async () => broker })
