/** Pools beside the answer: half of it, the machine's own, one that was asked about; and the answer under more load. */
import { DEFAULT_FAMILY, hasAreas } from '../boot/family.js'
import { applyReadings, sizePool } from '../boot/pool.js'
import { InputError } from '../data/errors.js'
import { countOf, SEGMENT_SLOTS, SLOT_BYTES, usedWords } from '../data/units.js'
import type { PoolSize, SizeOptions, Sizing } from '../results/size.js'
import type { Demand } from '../trace/index.js'
import { currentWords } from './cautions.js'
import { moreLoad } from './load.js'
import { otherOrder } from './orders.js'
import type { Load } from './recorded.js'
import { MAX_SLOTS, Pools, powerOfTwo, serves, sizeOf } from './search.js'
import { firstFailure } from './why.js'

/** More load in steps, in per cent beyond the margin, to tell how much of it the answer bears. */
const MORE_LOAD = [10, 25, 50, 100] as const

/** What every pool is tried with. */
interface Ground {
  readonly load: Load
  /** The load's demand with the margin. */
  readonly loaded: Demand
  /** For `loaded`. */
  readonly pools: Pools
  /** Slots that no pool may be below. */
  readonly least: number
  readonly signal: AbortSignal | undefined
  readonly progress: (phase: string, done: number) => void
}

/** The pool of half the size, and why it is not the answer. */
export async function oneLessOf(
  { load, loaded, pools, signal }: Ground,
  { slots, areas }: PoolSize,
): Promise<NonNullable<Sizing['oneLess']>> {
  const less = slots / 2
  if (less < areas * SEGMENT_SLOTS) {
    return {
      slots: less,
      failedMaps: 0,
      failedMap: null,
      reason: `the kernel has no smaller pool: each of ${countOf(areas, 'area')} takes at least a segment of ${SEGMENT_SLOTS} slots`,
    }
  }
  const { failedMaps } = await pools.try(less, areas)
  if (failedMaps === 0) {
    // The trace alone would do with it: the mark made the answer.
    return {
      slots: less,
      failedMaps,
      failedMap: null,
      reason: `${usedWords(load.provenPeak)} in use at one time, by the kernel's own mark`,
    }
  }
  const pool = { slots: less, areas, start: load.start }
  const failedMap = await firstFailure(loaded, pool, load.devices, signal)
  return { slots: less, failedMaps, failedMap, reason: failedMap?.reason ?? '' }
}

/** The pool that the machine has. */
export async function currentOf(
  { load, pools }: Ground,
  answer: PoolSize | null,
): Promise<Sizing['current']> {
  if (!load.current) return null
  const tried = await pools.try(load.current.slots, load.current.areas)
  const served = serves(tried) && tried.slots >= load.provenPeak
  const wasteBytes = answer ? (tried.slots - answer.slots) * SLOT_BYTES : 0
  const asItServes = wasteBytes > 0 ? 'larger-than-needed' : load.lossy ? 'not-known' : 'fits'
  const current = { ...tried, verdict: served ? asItServes : 'too-small', wasteBytes } as const
  return { ...current, sentence: currentWords(current, answer, load.provenPeak) }
}

/** A pool that was asked about, before it is tried. */
interface Wanted extends Omit<NonNullable<Sizing['enough']>, 'failedMaps' | 'spills' | 'served'> {
  readonly warnings: readonly string[]
}

/**
 * The pool that a kernel makes of what the caller asks about; null where nothing was asked.
 *
 * @throws InputError where the kernel makes none, with why
 */
export function wantedOf(
  load: Load,
  { enough: wanted, kernel = DEFAULT_FAMILY, cpus: given }: SizeOptions,
): Wanted | null {
  if (!wanted) return null
  const areas = hasAreas(kernel) ? (wanted.areas ?? null) : null
  const reading = { slots: wanted.slots, areas, bounce: null, trackHiwater: false, dropped: '' }
  const cpus = given ?? load.cpus
  const made = sizePool(applyReadings([reading]), { family: kernel, cpus, memoryBytes: null })
  const pool = { slots: made.slots ?? 0, areas: made.areas ?? 1 }
  if (pool.slots === 0) {
    const why = [...made.steps, ...made.warnings].at(-1)
    throw new InputError(`enough: expected a pool that a kernel makes; ${why}`)
  }
  return {
    ...pool,
    asked: wanted.areas === undefined ? `${wanted.slots}` : `${wanted.slots},${wanted.areas}`,
    parameter: hasAreas(kernel) ? sizeOf(pool).parameter : `swiotlb=${pool.slots}`,
    kernel,
    cpus,
    cpusFrom: given !== undefined ? 'option' : load.cpusNoted ? 'notes' : 'trace',
    warnings: made.warnings.map((text) => `the pool that is asked about: ${text}`),
  }
}

/** What that pool does with the load. */
export async function enoughOf(
  { load, pools }: Ground,
  wanted: Wanted | null,
): Promise<Sizing['enough']> {
  if (!wanted) return null
  const { warnings: _, ...pool } = wanted
  const tried = await pools.try(pool.slots, pool.areas)
  return {
    ...pool,
    ...tried,
    served: serves(tried) && pool.slots >= load.provenPeak && (load.lossy ? null : true),
  }
}

/** Growth from the machine's pool where that is too small, else from half the answer, else from the answer. */
export async function growthOf(
  { pools }: Ground,
  answer: PoolSize | null,
  oneLess: Sizing['oneLess'],
  current: Sizing['current'],
): Promise<Sizing['growth']> {
  const from =
    current && current.failedMaps > 0
      ? current
      : answer && oneLess?.failedMap
        ? { slots: oneLess.slots, areas: answer.areas }
        : answer
  if (!from) return null
  // Grown pools have areas of their own, so spills mean nothing there.
  const { spills: _, ...grown } = await pools.grow(from.slots, from.areas)
  return { ...grown, served: grown.failedMaps === 0 }
}

/** The answer under more load than it was made for. */
export async function bearsOf(
  { load, signal, progress }: Ground,
  { slots, areas }: PoolSize,
  marginPercent: number,
): Promise<NonNullable<Sizing['bears']>> {
  let percent = marginPercent
  const tried = MORE_LOAD.map((more) => marginPercent + more)
  for (const more of tried) {
    progress(`${more} % more load`, 0.65)
    const heavier = await moreLoad(load.demand, more, signal)
    try {
      const pools = new Pools(heavier.operations, load.start, signal)
      if (!serves(await pools.try(slots, areas))) {
        const pool = { slots, areas, start: load.start }
        const failed = await firstFailure(heavier, pool, load.devices, signal)
        return { percent, tried, failsAt: more, reason: failed?.reason ?? null }
      }
    } finally {
      heavier.close()
    }
    percent = more
  }
  return { percent, tried, failsAt: null, reason: null }
}

/** How far the answer moves when operations that overlap come in other orders. */
export async function sensitivityOf(
  { load, loaded, least, signal, progress }: Ground,
  { slots, areas }: PoolSize,
  how: {
    readonly orders: number
    readonly seed: number
    readonly overlapUs: number
    readonly cpus: number
  },
): Promise<NonNullable<Sizing['sensitivity']>> {
  const { orders, seed, overlapUs, cpus } = how
  // An order of its own may have a lower peak, but none is below what was in use.
  const fewest = Math.max(load.provenPeak, Math.min(slots, powerOfTwo(least)) / 2)
  let low = slots
  let high = slots
  for (let k = 0; k < orders; k++) {
    progress(`order ${k + 1} of ${orders}`, 0.7 + (0.3 * k) / orders)
    const drawn = { seed: seed + k, overlapNs: overlapUs * 1000, cpus }
    const other = await otherOrder(loaded, drawn, signal)
    try {
      const pools = new Pools(other.operations, load.start, signal)
      const found = await pools.smallest(areas, fewest, serves)
      const wanted = found?.slots ?? MAX_SLOTS
      low = Math.min(low, wanted)
      high = Math.max(high, wanted)
    } finally {
      other.close()
    }
  }
  return { low, high, runs: orders, overlapUs: loaded.times ? overlapUs : null }
}
