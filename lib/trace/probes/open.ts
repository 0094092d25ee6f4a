/** Maps and unmaps as their probe events show them: whole ones, and those still under way. */
import type { AskedMap, ShownCount } from '../events/events.js'
import { FAILED_ADDRESS } from '../events/fields.js'
import { maskOf } from '../masks.js'
import { Direction } from '../operations.js'
import { offsetOfMap, slotsOfMap, startOf } from '../slots.js'

/** One map. `began`, `counted` and `ended` are positions (indices of events). */
export interface ProbedMap extends AskedMap {
  readonly cpu: number
  /** First slot that the kernel took, pads included; undefined: its event was missed. */
  readonly slot: number | undefined
  readonly slots: number
  /** Value of the counter that the map found; undefined: its event was missed. */
  readonly found: number | undefined
  bus: number | undefined
  /** The counter was raised after `began` and before `counted`. */
  readonly began: number
  readonly counted: number
  readonly ended: number
  /** When it began. */
  readonly ns: number
}

/** One unmap; `map` is undefined if the trace shows no map of it. */
export interface ProbedUnmap {
  readonly cpu: number
  readonly device: string
  readonly bus: number
  readonly size: number
  /** undefined: the event at the counter was missed. */
  readonly slots: number | undefined
  readonly map: ProbedMap | undefined
  readonly began: number
  /** The counter was lowered after `counted` and before `ended`. */
  readonly counted: number
  readonly ended: number
  readonly ns: number
}

/** A map of which more events are to come. */
export interface OpenMap {
  readonly device: string
  /** undefined: the event of its begin was missed. */
  orig: number | undefined
  size: number
  readonly masks: Pick<AskedMap, 'am' | 'mam'> | undefined
  readonly dir: Direction
  readonly began: number
  readonly ns: number
  readonly cpu: number
  /** What the event at the counter shows. */
  count: (ShownCount & { readonly cpu: number; readonly position: number }) | undefined
  /** What was handed on of it, when its return did not come. */
  early: ProbedMap | undefined
  closed: boolean
}

/** The subtraction of an unmap. */
export interface Subtraction {
  readonly slots: number
  readonly position: number
}

/** An unmap of which more events are to come. */
export interface OpenUnmap {
  readonly device: string
  readonly bus: number
  readonly size: number
  readonly cpu: number
  readonly began: number
  readonly ns: number
  readonly map: ProbedMap | undefined
  count: Subtraction | undefined
  /** Position of the thread's next event after `count`. */
  next: number | undefined
  closed: boolean
}

/** What one thread is in the middle of, the innermost last; interrupts nest on top. */
export interface Thread {
  readonly maps: OpenMap[]
  readonly unmaps: OpenUnmap[]
  /** A subtraction that belongs to no open unmap. */
  stray: Subtraction | undefined
}

/** A map of which `known` is all that is known so far. */
export function openMap({
  device = '',
  orig,
  size,
  masks,
  dir = Direction.unknown,
  cpu,
  ns,
  began,
}: Pick<OpenMap, 'size' | 'cpu' | 'ns' | 'began'> & Partial<OpenMap>): OpenMap {
  return {
    device,
    orig,
    size,
    masks,
    dir,
    cpu,
    ns,
    began,
    count: undefined,
    early: undefined,
    closed: false,
  }
}

/** An unmap that has just begun. */
export function openUnmap(known: Omit<OpenUnmap, 'next' | 'closed'>): OpenUnmap {
  const { device, bus, size, cpu, ns, began, map, count } = known
  return { device, bus, size, cpu, ns, began, map, count, next: undefined, closed: false }
}

/** All that is known of a map that ended at `position`; what was not seen follows from the rest. */
export function mapOf(open: OpenMap, position: number, bus: number | undefined): ProbedMap {
  const { device, orig = 0, size, dir, began, ns, count } = open
  const known = bus !== undefined && bus !== FAILED_ADDRESS
  const { am, mam } = open.masks ?? { am: 0, mam: known ? maskOf(orig, bus) : 0 }
  return {
    device,
    orig,
    size,
    am,
    mam,
    dir,
    began,
    ns,
    cpu: count?.cpu ?? open.cpu,
    slots: count?.slots ?? slotsOfMap(orig, size, am, mam),
    found: count?.found,
    slot: count?.slot,
    bus,
    counted: count?.position ?? position,
    ended: position,
  }
}

/** Slots that a map asks for; undefined if its begin was missed. */
export function slotsWanted({ orig, size, masks }: OpenMap): number | undefined {
  return orig === undefined ? undefined : slotsOfMap(orig, size, masks?.am, masks?.mam)
}

/** Bytes in front of a map's data, pad slots included, as far as its begin was seen. */
export function offsetOf({ orig = 0, masks }: OpenMap): number {
  return masks ? offsetOfMap(orig, masks.am, masks.mam) : 0
}

/** Whether a map that took `slot` lies at `bus`, in a pool that starts at `start`, if that is known. */
export function liesAt(
  map: OpenMap,
  slot: number,
  bus: number,
  start: number | undefined,
): boolean {
  return start === undefined || startOf(bus, slot, offsetOf(map)) === start
}
