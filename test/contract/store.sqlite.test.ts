import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/stores/open.ts'
import { storeSuite } from './store.suite.ts'

storeSuite({
  name: 'SQLite',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'hydra-store-'))
    let store = await openStore(`sqlite:${folder}`)
    return {
      store,
      async reopen() {
        store = await openStore(`sqlite:${folder}`)
        return store
      },
      async remove() {
        await store.close()
        await rm(folder, { recursive: true })
      },
    }
  },
})
