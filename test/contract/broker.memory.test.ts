import { MemoryBroker } from '../../src/brokers/memory/memory.ts'
import { brokerSuite } from './broker.suite.ts'

brokerSuite({ name: 'memory', open: async () => new MemoryBroker() })
