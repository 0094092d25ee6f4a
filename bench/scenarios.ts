/** The scenario that the timed parts vary. */
import type { ScenarioInput } from 'swiotlb-lab'
import type { Context } from './part.js'

export interface Wanted {
  readonly threads: number
  readonly placement: 'spread' | 'neighbours'
  /** Of each mapping. */
  readonly bytes: number
  readonly copy: boolean
  readonly rounds: number
}

/**
 * 64 MiB in 16 areas, 16 mappings in flight. Spread, two threads use areas 0 and 8: 128 bytes apart
 * even when packed, so that they share neither a cache line nor a pair of lines that is fetched
 * together. Neighbours use areas 0 and 1, which lie on one line when packed.
 */
export function steady(
  { threads, placement, bytes, copy, rounds }: Wanted,
  { quick }: Pick<Context, 'quick'>,
): ScenarioInput {
  return {
    name: `steady-${bytes}`,
    pool: { slots: '64MiB', areas: 16 },
    cpus: 16,
    copy,
    workload: { sizes: [{ bytes }], inFlight: 16 },
    steps: 1000,
    timing: { threads, placement, rounds, sliceMs: quick ? 1.5 : 3, latencyRounds: 0 },
  }
}
