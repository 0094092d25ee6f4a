/** What the plans of all engines share: the pool, the variant of the allocator, the workload. */
import { InputError } from '../data/errors.js'
import { SLOT_BYTES } from '../data/units.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import type { Scenario } from '../scenario/schema.js'
import { addon } from './addon.js'
import { nativeLayout } from './layout.js'

export interface NativePool {
  readonly nslabs: number
  readonly nareas: number
  readonly start: bigint
  readonly memOffset: number
  readonly canGrow: boolean
  /** Lowest bus address of grown and transient pools. */
  readonly growBase: bigint
}

export interface NativeVariant {
  /** Place in the list of trackers. */
  readonly tracker: number
  /** 1 padded areas, 2 counters on a line of their own, 4 bitmap; added up. */
  readonly layout: number
  /** Turn a switchable tracker on at the start. */
  readonly enabled: boolean
  readonly batch: number
  /** Slots; 2^64 - 1 for one percent of the pool. */
  readonly tolerance: bigint
  /** 0 for the default. */
  readonly stretchNs: number
}

export interface NativeWorkload {
  readonly cpus: number
  readonly inFlight: number
  /** 0 fifo, 1 random */
  readonly order: number
  /** 0 steady, 1 toggle */
  readonly load: number
  readonly sizes: readonly {
    readonly first: number
    readonly last: number
    readonly step: number
    readonly weight: number
  }[]
  readonly origAlign: number
  readonly minAlignMask: number
  readonly allocAlignMask: number
  readonly segBoundaryMask: bigint
  /** 0 bidirectional, 1 to device, 2 from device */
  readonly direction: number
  readonly copy: boolean
  readonly burst: {
    readonly mappings: number
    readonly bytes: number
    readonly every: number
    readonly hold: number
  }
  readonly seed: number
}

/**
 * Address of the allocator's structure modulo 128. It begins on a cache line, as in Debian's
 * kernels. Which line of a pair is not known there; here it is the first, so that the counters'
 * line is fetched together with the pool's.
 */
export const MEM_OFFSET = 0

/** Stands for one percent of the pool. */
const DEFAULT_TOLERANCE = 2n ** 64n - 1n

/** Slots. */
export const MAX_BATCH = 2 ** 30

/** Nanoseconds. */
export const MAX_STRETCH = 1e9

/**
 * @param slots of the pool
 * @throws InputError unless batch is a whole number of slots from 1 to 2^30, tolerance one from 0 to
 *   the pool's size, and stretch a whole number of nanoseconds from 1 to 10^9
 */
export function checkTuning({ batch, tolerance, stretch }: Tuning, slots: number): void {
  const within = (
    what: string,
    value: number | undefined,
    least: number,
    most: number,
    units = 'slots',
  ): void => {
    if (value === undefined) return
    if (Number.isSafeInteger(value) && value >= least && value <= most) return
    throw new InputError(
      `${what}: expected a whole number of ${units} from ${least} to ${most}, not ${value}`,
    )
  }
  within('batch', batch, 1, MAX_BATCH)
  within('tolerance', tolerance, 0, slots)
  within('stretch', stretch, 1, MAX_STRETCH, 'nanoseconds')
}

/**
 * @param name a tracker, or the number of a baseline
 * @param slots of the pool
 */
export function nativeVariant(
  name: AnyTracker | number,
  layout: Layout,
  slots: number,
  tuning: Tuning & { readonly enabled?: boolean | undefined } = {},
): NativeVariant {
  checkTuning(tuning, slots)
  return {
    tracker: typeof name === 'number' ? name : addon().trackers().indexOf(name),
    layout: nativeLayout(layout),
    enabled: tuning.enabled ?? true,
    batch: tuning.batch ?? 0,
    tolerance: tuning.tolerance === undefined ? DEFAULT_TOLERANCE : BigInt(tuning.tolerance),
    stretchNs: tuning.stretch ?? 0,
  }
}

/**
 * A pool for the engines. Grown and transient pools begin 16 MiB behind its end, rounded up to
 * 4 MiB; the real kernel source is given the same addresses when it is compared with.
 */
export function poolAt(slots: number, areas: number, start: bigint, canGrow = false): NativePool {
  const end = start + BigInt(slots) * BigInt(SLOT_BYTES)
  const mib = 1n << 20n
  return {
    nslabs: slots,
    nareas: areas,
    start,
    memOffset: MEM_OFFSET,
    canGrow,
    growBase: ((end + 4n * mib - 1n) / (4n * mib)) * 4n * mib + 16n * mib,
  }
}

export function nativePool({ pool }: Scenario): NativePool {
  return poolAt(pool.slots, pool.areas, BigInt(pool.start), pool.grow)
}

export function nativeWorkload(scenario: Scenario): NativeWorkload {
  const { device, workload } = scenario
  return {
    cpus: scenario.cpus,
    inFlight: workload.inFlight,
    order: workload.order === 'random' ? 1 : 0,
    load: workload.load === 'toggle' ? 1 : 0,
    sizes: workload.sizes.map((size) =>
      'bytes' in size
        ? { first: size.bytes, last: size.bytes, step: 1, weight: size.weight }
        : { first: size.from, last: size.to, step: size.step, weight: size.weight },
    ),
    origAlign: workload.origAlign,
    minAlignMask: Number(device.minAlignMask),
    allocAlignMask: Number(device.allocAlignMask),
    segBoundaryMask: BigInt(device.segBoundaryMask),
    direction: { bidirectional: 0, 'to-device': 1, 'from-device': 2 }[device.direction],
    copy: scenario.copy,
    burst: workload.burst ?? { mappings: 0, bytes: 0, every: 0, hold: 0 },
    seed: scenario.seed,
  }
}
