import { z } from 'zod'
import type { Fault } from './errors.ts'
import { texts } from './fields.ts'

const subnetTexts = texts(1000, 50)

/** Where a job may run; an empty list admits all. Stored ones are read by this as well. Source: the wire contract, "Affinity". */
export const Affinity = z.preprocess(
  (value) => value ?? {},
  z.object(
    {
      os: texts(50, 100),
      tags: texts(100, 200),
      allowed_users: texts(1000, 200),
      hostnames: texts(1000, 255),
      subnets: subnetTexts,
      deployment_types: texts(50, 100),
    },
    { error: 'must be an object' },
  ),
)
export type Affinity = z.infer<typeof Affinity>

/**
 * The entries of `subnets` that no worker can be in, where the list is one. Not the schema's: it reads what was stored
 * before this was asked for. Pure.
 */
export function subnetFaults(given: unknown): readonly Fault[] {
  const { data = [] } = subnetTexts.safeParse(given)
  return data.flatMap((subnet, at) => (isSubnet(subnet) ? [] : [{ path: `affinity.subnets.${at}`, message: noSubnet }]))
}

const noSubnet = 'must be the first three parts of an IPv4 address, such as 10.0.0, or a CIDR such as 10.0.0.0/8'

const ipv4Text = z.ipv4()
const shapes = z.union([ipv4Text, z.cidrv4()])

/** A whole address is the subnet of the one worker that has it. */
const isSubnet = (subnet: string): boolean =>
  shapes.safeParse(subnet).success || ipv4Text.safeParse(`${subnet}.0`).success

/** What of a run decides which worker may take it. */
export interface Requirement {
  readonly queue: string
  readonly user: string
  readonly executor_type: string
  readonly affinity: Affinity
}

/** What of a worker decides which runs it may take. */
export interface WorkerFacts {
  readonly os: string
  readonly tags: readonly string[]
  readonly allowed_users: readonly string[]
  readonly queues: readonly string[]
  readonly hostname: string
  readonly ip: string
  readonly subnet: string
  readonly deployment_type: string
  readonly capabilities: readonly string[]
}
