import { afterEach, beforeEach } from 'vitest'
import { World } from '../scheduler/harness.ts'
import { linkSuite } from './link.suite.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(() => world.close())

linkSuite({ name: 'direct', given: () => ({ world, link: () => world.plane.desk }) })
