/** The virtual machines that the benchmark predicts for. */
import type { MachineOptions } from 'swiotlb-lab'

const CPUS_PER_SOCKET = 64

/** So many CPUs, a core each, in as many sockets as a machine of today needs for them. */
export function machine(cpus: number, costModel: string): MachineOptions {
  return { costModel, sockets: Math.max(1, Math.ceil(cpus / CPUS_PER_SOCKET)) }
}
