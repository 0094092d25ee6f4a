/** Scenarios by name. */
import { wholeNumber } from '../data/errors.js'
import { limits, type ScenarioInput } from './schema.js'

/** 4 to 32 KiB in pages; the weights make the mean 16 KiB. */
const smallIo: ScenarioInput['workload']['sizes'] = [
  { from: '4KiB', to: '16KiB', step: '4KiB', weight: 24 },
  { from: '20KiB', to: '28KiB', step: '4KiB', weight: 12 },
  { bytes: '32KiB', weight: 3 },
]

/**
 * The example that the review of June 2026 gave: small I/Os on all CPUs, and beside them 2 MiB I/Os,
 * one at a time, each handled by another area. Each area has 8 MiB however many there are.
 */
export function review(areas: number): ScenarioInput {
  wholeNumber('areas', areas, ...limits.areas)
  return {
    name: areas === 8 ? 'review-64mib' : `review-64mib x${areas} areas`,
    description: `${areas} areas of 8 MiB; 4-32 KiB I/Os, 16 in flight per area, and 2 MiB I/Os one at a time`,
    pool: { slots: areas * 4096, areas },
    cpus: areas,
    // A 2 MiB I/O is eight mappings, because none may exceed 256 KiB.
    workload: {
      sizes: smallIo,
      inFlight: 16,
      order: 'random',
      burst: { mappings: 8, bytes: '256KiB', every: 2000, hold: 2000 },
    },
    steps: areas * 25_000,
  }
}

export type PresetName = 'review-64mib' | 'iperf-4' | 'fio-4k' | 'uniform'

export const isPreset = (name: string): name is PresetName => Object.hasOwn(presets, name)

/** The scenarios that there are, each under its name. */
export const presets: Readonly<Record<PresetName, ScenarioInput>> = Object.freeze({
  'review-64mib': review(8),
  'iperf-4': {
    name: 'iperf-4',
    description: 'four workers, network-sized mappings, everything bounced',
    pool: { slots: '64MiB', areas: 4 },
    cpus: 4,
    device: { direction: 'from-device' },
    // Full-sized frames with headroom, small packets, and coalesced 64 KiB sends.
    workload: {
      sizes: [
        { bytes: 1536, weight: 6 },
        { bytes: 256, weight: 2 },
        { bytes: '64KiB', weight: 1 },
      ],
      inFlight: 256,
      origAlign: 64,
    },
  },
  'fio-4k': {
    name: 'fio-4k',
    description: '4 KiB random reads, 32 in flight per CPU, NVMe alignment',
    pool: { slots: '64MiB', areas: 4 },
    cpus: 4,
    device: { direction: 'from-device', minAlignMask: '0xfff' },
    workload: { sizes: [{ bytes: 4096 }], inFlight: 32, order: 'random', origAlign: 512 },
  },
  uniform: {
    name: 'uniform',
    description: '2-32 KiB, each place mapped or not at random: use hovers near its own record',
    pool: { slots: '64MiB', areas: 8 },
    cpus: 8,
    workload: {
      sizes: [{ from: 2048, to: '32KiB', step: 2048 }],
      inFlight: 32,
      order: 'random',
      load: 'toggle',
    },
  },
})
