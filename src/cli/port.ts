import { createServer } from 'node:net'
import { reason } from './data-folder.ts'
import { Refusal } from './refusal.ts'

/** Where the API is to listen. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Looks whether the API could listen, before a first start makes anything. @throws Refusal where it could not */
export async function assertPortFree(address: Address): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(address, resolve))
    await new Promise((resolve) => server.close(resolve))
  } catch (error) {
    throw cannotListen(address, error)
  }
}

/** Why the API cannot listen, in a sentence. */
export function cannotListen({ host, port }: Address, error: unknown): Refusal {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE')
    return new Refusal(`Port ${port} on ${host} is taken by another program; stop that one or set PORT to another.`)
  return new Refusal(`The API cannot listen on ${host}, port ${port}: ${reason(error)}.`)
}
