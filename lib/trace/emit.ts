/** Turns mappings in their order into packed operations. */
import { type Operations, OperationsBuilder, SLOT_BYTES } from './operations.js'
import type { PoolFacts } from './trace.js'

/** A map that the kernel could not serve. */
export interface FailedMap {
  /** It failed when this many acts had been done. */
  readonly after: number
  readonly cpu: number
  readonly orig: number
  /** Bytes asked for, and slots that they would have taken. */
  readonly size: number
  readonly slots: number
  readonly am: number
  readonly mam: number
}

/** One mapping, as the trace shows it. */
export interface Mapping {
  readonly cpu: number
  readonly device: string
  readonly orig: number
  readonly size: number
  readonly am: number
  readonly mam: number
  /** First slot that the kernel took, pads included; undefined: unknown. */
  readonly slot?: number | undefined
}

/**
 * A map, or the unmap of a mapping that was mapped or placed before. `ns` says when it began, NaN
 * where that is not known.
 */
export type Act = { readonly mapping: Mapping; readonly ns: number } & (
  | { readonly kind: 'map' }
  | { readonly kind: 'unmap'; readonly cpu: number }
)

/** How many of the ascending `values` are below `limit`. */
export function countBelow(values: readonly number[], limit: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] as number) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** Slots of one area, or undefined if the pool's size or areas are unknown. */
function areaSlots(pool: PoolFacts): number | undefined {
  return pool.nslabs && pool.nareas ? pool.nslabs / pool.nareas : undefined
}

/** The address of slot 0 that a mapping at `bus` in `slot` shows. */
export function startOf(bus: number, slot: number, offset: number): number {
  return bus - offset - slot * SLOT_BYTES
}

/**
 * `placed` lists mappings that were live before the trace, each with its slot. The first map of
 * each area sets that area's index: where the kernel's search began there is unknown.
 */
export function emitOperations(
  placed: readonly Mapping[],
  acts: readonly Act[],
  failures: readonly FailedMap[],
  pool: PoolFacts,
): { readonly operations: Operations; readonly times?: Float64Array } {
  const builder = new OperationsBuilder()
  const ids = new Map<Mapping, number>()
  const perArea = areaSlots(pool)
  const begun = new Set<number>()
  const times: number[] = []
  const note = (ns: number): void => {
    times[builder.length - 1] = ns
  }
  for (const mapping of placed) {
    const id = ids.size + 1
    ids.set(mapping, id)
    const expect = (mapping.slot as number) + 1
    builder.place({ ...requestOf(mapping, perArea), id, expect })
    note(Number.NaN)
  }
  let failed = 0
  const fail = (after: number): void => {
    for (; (failures[failed]?.after ?? Number.POSITIVE_INFINITY) <= after; failed++) {
      const { cpu, orig, size, am, mam } = failures[failed] as FailedMap
      builder.failed({ cpu: Math.max(0, cpu), orig, size, am, mam })
      note(Number.NaN)
    }
  }
  for (const [done, act] of acts.entries()) {
    fail(done)
    const { mapping } = act
    if (act.kind === 'unmap') {
      builder.unmap({ cpu: Math.max(0, act.cpu), id: ids.get(mapping) as number })
      note(act.ns)
      continue
    }
    const id = ids.size + 1
    ids.set(mapping, id)
    const { slot } = mapping
    if (slot !== undefined && perArea !== undefined) {
      const area = Math.floor(slot / perArea)
      if (!begun.has(area)) {
        builder.setIndex(area, slot - area * perArea)
        note(Number.NaN)
      }
      begun.add(area)
    }
    const known = slot === undefined ? {} : { expect: slot + 1 }
    builder.map({ ...requestOf(mapping, perArea), id, ...known })
    note(act.ns)
  }
  fail(acts.length)
  const operations = builder.build()
  const timed = times.some((ns) => !Number.isNaN(ns))
  return timed ? { operations, times: Float64Array.from(times) } : { operations }
}

/* Layouts without context do not show the CPU; the area is where its search began, if it had room. */
function requestOf(mapping: Mapping, perArea: number | undefined) {
  const { orig, size, am, mam, slot } = mapping
  const area = slot === undefined || perArea === undefined ? 0 : Math.floor(slot / perArea)
  return { cpu: mapping.cpu >= 0 ? mapping.cpu : area, orig, size, am, mam }
}
