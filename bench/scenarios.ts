/** What the parts run: the scenario that the timed ones vary, where threads map, and virtual machines. */
import type { MachineOptions, ScenarioInput } from 'swiotlb-lab'
import type { Context } from './part.js'

export interface Wanted {
  readonly threads: number
  readonly placement: 'spread' | 'neighbours'
  /** Of each mapping. */
  readonly bytes: number
  readonly copy: boolean
  /** A third of them with --quick. */
  readonly rounds: number
  /** Mappings of each CPU; 16 where nothing is said. */
  readonly inFlight?: number
  /** Of the pool; 64 where nothing is said. */
  readonly mebibytes?: number
}

/** Rounds for each that --quick makes. */
const QUICK = 3

/**
 * A pool of 16 areas, and mappings of one size. Spread, two threads use areas 0 and 8: 128 bytes apart
 * even when packed, so that they share neither a cache line nor a pair of lines that is fetched
 * together. Neighbours use areas 0 and 1, which lie on one line when packed.
 */
export function steady(
  { threads, placement, bytes, copy, rounds, inFlight = 16, mebibytes = 64 }: Wanted,
  { quick }: Pick<Context, 'quick'>,
): ScenarioInput {
  return {
    name: `steady-${bytes}`,
    pool: { slots: `${mebibytes}MiB`, areas: 16 },
    cpus: 16,
    copy,
    workload: { sizes: [{ bytes }], inFlight },
    steps: 1000,
    timing: {
      threads,
      placement,
      rounds: quick ? Math.ceil(rounds / QUICK) : rounds,
      sliceMs: quick ? 1.5 : 3,
      latencyRounds: 0,
    },
  }
}

/** Where the threads map; `key` is what a figure's id says. */
export const places = [
  { key: '1-thread', title: '1 thread', threads: 1, placement: 'spread' },
  { key: 'far-apart', title: '2 threads far apart', threads: 2, placement: 'spread' },
  {
    key: 'neighbours',
    title: '2 threads in neighbouring areas',
    threads: 2,
    placement: 'neighbours',
  },
] as const
export type Place = (typeof places)[number]

const CPUS_PER_SOCKET = 64

/** So many virtual CPUs, a core each, in as many sockets as a machine of today needs for them. */
export function machine(cpus: number, costModel: string): MachineOptions {
  return { costModel, sockets: Math.max(1, Math.ceil(cpus / CPUS_PER_SOCKET)) }
}
