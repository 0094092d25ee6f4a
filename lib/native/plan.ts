/** From a checked scenario to what the engines are given. */
import { InputError, oneOf } from '../data/errors.js'
import { type TrackerName, trackers } from '../data/trackers.generated.js'
import { SLOT_BYTES } from '../data/units.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import type { Scenario } from '../scenario/schema.js'
import type { NativePool, NativeVariant, NativeWorkload } from './accuracy.js'
import { addon } from './addon.js'

/**
 * Address of the allocator's structure modulo 128. It begins on a cache line, as in Debian's
 * kernels. Which line of a pair is not known there; here it is the first, so that the counters'
 * line is fetched together with the pool's.
 */
export const MEM_OFFSET = 0

const layoutValues = {
  areaLayout: ['packed', 'padded'],
  counterLayout: ['kernel', 'own-line'],
  slotIndex: ['run-counts', 'bitmap'],
} as const

/**
 * The kernel's layout with what is asked for put in its place.
 *
 * @throws InputError for an unknown key or value
 */
export function resolveLayout(wanted: Partial<Layout> = {}): Layout {
  for (const key of Object.keys(wanted)) oneOf('layout', key, Object.keys(layoutValues))
  const pick = <K extends keyof typeof layoutValues>(key: K): (typeof layoutValues)[K][number] =>
    oneOf<(typeof layoutValues)[K][number]>(
      key,
      wanted[key] ?? layoutValues[key][0],
      layoutValues[key],
    )
  return {
    areaLayout: pick('areaLayout'),
    counterLayout: pick('counterLayout'),
    slotIndex: pick('slotIndex'),
  }
}

/** All there are, by their number. */
export const layouts: readonly Layout[] = Array.from({ length: 8 }, (_, i) => ({
  areaLayout: layoutValues.areaLayout[i & 1 ? 1 : 0],
  counterLayout: layoutValues.counterLayout[i & 2 ? 1 : 0],
  slotIndex: layoutValues.slotIndex[i & 4 ? 1 : 0],
}))

function nativeLayout(layout: Layout): number {
  return (
    (layout.areaLayout === 'padded' ? 1 : 0) +
    (layout.counterLayout === 'own-line' ? 2 : 0) +
    (layout.slotIndex === 'bitmap' ? 4 : 0)
  )
}

const trackerNames: readonly TrackerName[] = trackers.map((tracker) => tracker.name)
const onlyByName = new Set<string>(trackers.filter(({ byName }) => byName).map(({ name }) => name))

/**
 * @param known the trackers of the list, where nothing else is said
 * @throws InputError for an unknown tracker, and for one that is named twice
 */
export function resolveTrackers(wanted?: readonly string[]): readonly TrackerName[]
export function resolveTrackers<T extends AnyTracker>(
  wanted: readonly string[] | undefined,
  known: readonly T[],
): readonly T[]
export function resolveTrackers(
  wanted?: readonly string[],
  known: readonly AnyTracker[] = trackerNames,
): readonly AnyTracker[] {
  if (!wanted) return known.filter((name) => !onlyByName.has(name))
  if (wanted.length === 0) throw new InputError('trackers: expected at least one')
  const names = wanted.map((name) => oneOf('trackers', name, known))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw new InputError(`trackers: ${twice} is named twice`)
  return names
}

/** The trackers that this process can run: those of the list, and those that it has loaded. */
export function loadedTrackers(): readonly AnyTracker[] {
  return addon().trackers() as AnyTracker[]
}

/** In the words of the list; empty for a tracker that was loaded. */
export function promiseOf(name: AnyTracker): string {
  return trackers.find((tracker) => tracker.name === name)?.promise ?? ''
}

/** Stands for one percent of the pool. */
const DEFAULT_TOLERANCE = 2n ** 64n - 1n

/** Slots. */
export const MAX_BATCH = 2 ** 30

/**
 * @param slots of the pool
 * @throws InputError unless batch is a whole number of slots from 1 to 2^30, and tolerance one from
 *   0 to the pool's size
 */
export function checkTuning({ batch, tolerance }: Tuning, slots: number): void {
  const within = (what: string, value: number | undefined, least: number, most: number): void => {
    if (value === undefined) return
    if (Number.isSafeInteger(value) && value >= least && value <= most) return
    throw new InputError(
      `${what}: expected a whole number of slots from ${least} to ${most}, not ${value}`,
    )
  }
  within('batch', batch, 1, MAX_BATCH)
  within('tolerance', tolerance, 0, slots)
}

/** An `off` with larger areas, which trackers with such areas are measured against. */
export interface Baseline {
  /** What nativeVariant() takes. */
  readonly number: number
  /** From one area to the next. */
  readonly areaBytes: number
  /** Of `off` itself. */
  readonly offAreaBytes: number
  /** That made it, where it is another than that of `off` itself; else null. */
  readonly compiler: string | null
}

const askBaseline = (name: AnyTracker, layout: Layout) =>
  addon().baseline(addon().trackers().indexOf(name), nativeLayout(layout))

/** Bytes from one area of a tracker to the next. */
export function areaBytesOf(name: AnyTracker, layout: Layout): number {
  return askBaseline(name, layout)[1]
}

/**
 * What a tracker is measured against: the larger an area, the fewer share a cache line, whatever the
 * tracker does, so the sizes are alike. Null for `off` itself.
 */
export function baselineOf(name: AnyTracker, layout: Layout): Baseline | null {
  const [number, areaBytes, compiler] = askBaseline(name, layout)
  const [plain, offAreaBytes, ours] = askBaseline('off', layout)
  if (number === plain) return null
  return { number, areaBytes, offAreaBytes, compiler: compiler === ours ? null : compiler }
}

/** Each once. */
export function distinct(baselines: readonly (Baseline | null)[]): Baseline[] {
  const found = new Map(baselines.flatMap((one) => (one ? [[one.number, one]] : [])))
  return [...found.values()]
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
