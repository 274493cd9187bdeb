import os from 'node:os'
import process from 'node:process'
import type { HostLoad } from '../model/host-load.ts'

/** How busy this machine is. A container's bounds count where they are narrower. */
export function hostLoad(): HostLoad {
  const memory_total = Math.min(os.totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  const [load = 0] = os.loadavg()
  return {
    // There it is always 0.
    load_average: process.platform === 'win32' ? null : load,
    memory_free: Math.min(os.freemem(), process.availableMemory(), memory_total),
    memory_total,
  }
}
