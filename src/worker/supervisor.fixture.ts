import type { SupervisorConnection } from '../supervisor/client.ts'
import type { HeldNote, Note, Order } from '../supervisor/messages.ts'
import type { ConnectSupervisor } from './supervision.ts'

type OrderOf<K extends Order['kind']> = Extract<Order, { kind: K }>

/** A supervisor that does what a test says: it notes down its orders and tells what it is given to tell. */
export class FakeSupervisor {
  readonly orders: Order[] = []
  connections = 0
  held: HeldNote[] = []
  /** While set, nobody can connect. */
  isAway = false
  /** Closes the connection when it is told to exit. */
  exits = true
  /** Answers an order at once. */
  onOrder: (order: Order) => readonly Note[] = () => []
  #hear: (notes: readonly Note[]) => void = () => {}
  #close: () => void = () => {}
  #watchers: { readonly isSo: () => boolean; readonly resolve: () => void }[] = []

  readonly connect: ConnectSupervisor = async () => {
    if (this.isAway) throw new Error('there is no supervisor')
    this.connections += 1
    const number = this.connections
    const connection: SupervisorConnection = {
      pid: 2 ** 22 + number,
      welcome: {
        kind: 'welcome',
        protocol: 1,
        pid: 2 ** 22 + number,
        kill_level: 'group',
        spawner: 'child_process',
        held: this.held,
      },
      send: (order) => {
        if (number === this.connections) this.#take(order)
      },
      onNotes: (hear) => {
        this.#hear = (notes) => number === this.connections && hear(notes)
      },
      onClose: (told) => {
        this.#close = told
      },
      close: () => {},
    }
    queueMicrotask(() => this.#look())
    return connection
  }

  #take(order: Order): void {
    this.orders.push(order)
    const notes = this.onOrder(order)
    if (notes.length > 0) setImmediate(() => this.tell(...notes))
    if (order.kind === 'exit' && this.exits) setImmediate(() => this.#close())
    queueMicrotask(() => this.#look())
  }

  /** All of it within one turn of the event loop. */
  tell(...notes: readonly Note[]): void {
    this.#hear(notes)
  }

  /** It dies, or cuts the connection. */
  hangUp(): void {
    this.#close()
  }

  all<K extends Order['kind']>(kind: K): OrderOf<K>[] {
    return this.orders.filter((order): order is OrderOf<K> => order.kind === kind)
  }

  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (isSo()) resolve()
      else this.#watchers.push({ isSo, resolve })
    })
  }

  /** Resolves when it was told so many orders of a kind. */
  ordered(kind: Order['kind'], count = 1): Promise<void> {
    return this.until(() => this.all(kind).length >= count)
  }

  #look(): void {
    const [met, waiting] = [this.#watchers.filter(({ isSo }) => isSo()), this.#watchers.filter(({ isSo }) => !isSo())]
    this.#watchers = waiting
    for (const { resolve } of met) resolve()
  }
}
