/** Joins the probe events of one map, and of one unmap. */
import { type Mapping, startOf } from './emit.js'
import type { TraceEvent } from './events.js'
import { FAILED_ADDRESS } from './fields.js'
import { inferMasks } from './masks.js'
import { offsetOfMap, SLOT_BYTES, slotsOfMap } from './operations.js'

/** One map. `began`, `counted` and `ended` are positions (indices of events). */
export interface ProbedMap extends Mapping {
  readonly slots: number
  /** Value of the counter that the map found; undefined: its event was missed. */
  readonly found: number | undefined
  readonly bus: number | undefined
  /** The counter was raised after `began` and before `counted`. */
  readonly began: number
  readonly counted: number
  readonly ended: number
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
}

/** The maps, failed maps and unmaps of a trace, in the order of their events at the counter. */
export interface Probes {
  readonly maps: readonly ProbedMap[]
  readonly unmaps: readonly ProbedUnmap[]
  readonly failed: readonly ProbedMap[]
  /** How many events have lost the others of their map or unmap. */
  readonly strays: { readonly adds: number; readonly subs: number; readonly ends: number }
}

interface OpenMap {
  readonly device: string
  /** undefined: only the event at the counter was seen. */
  orig: number | undefined
  size: number
  readonly masks: { readonly am: number; readonly mam: number } | undefined
  readonly began: number
  readonly cpu: number
  add: (TraceEvent & { readonly kind: 'probe-add'; readonly position: number }) | undefined
}

interface OpenUnmap {
  readonly device: string
  readonly bus: number
  readonly size: number
  readonly cpu: number
  readonly began: number
  readonly map: ProbedMap | undefined
  sub: Sub | undefined
  /** Position of the thread's next event after `sub`. */
  next: number | undefined
}

interface Sub {
  readonly slots: number
  readonly position: number
}

/** What one thread is in the middle of; interrupts nest on top. */
interface Thread {
  readonly maps: OpenMap[]
  readonly unmaps: OpenUnmap[]
  /** An event tlb_dec that belongs to no open unmap. */
  straySub: Sub | undefined
}

/** Unmaps nest in interrupts, but not deeper than this: more have no event of their return. */
const MAX_NESTED = 8

type Event<Kind> = TraceEvent & { readonly kind: Kind }

/** `start` is the address of slot 0, where it is known; else the first map shows it. */
export function collectProbes(events: readonly TraceEvent[], start: number | undefined): Probes {
  const joiner = new ProbeJoiner(start)
  events.forEach((event, position) => {
    joiner.take(event, position)
  })
  return joiner.finish(events.length)
}

class ProbeJoiner {
  #start: number | undefined
  readonly #threads = new Map<string, Thread>()
  readonly #live = new Map<number, ProbedMap>()
  readonly #maps: ProbedMap[] = []
  readonly #failed: ProbedMap[] = []
  readonly #unmaps: ProbedUnmap[] = []
  #showsEnds = false
  readonly #strays = { adds: 0, subs: 0, ends: 0 }

  constructor(start: number | undefined) {
    this.#start = start
  }

  take(event: TraceEvent, position: number): void {
    const thread = this.#thread(event.thread)
    const { maps, unmaps } = thread
    for (const open of unmaps) if (open.sub) open.next ??= position
    if (unmaps.length > MAX_NESTED) this.#closeUnmap(unmaps.shift() as OpenUnmap, undefined)
    switch (event.kind) {
      case 'probe-map': {
        const { device, orig, size, am, mam, cpu } = event
        maps.push({ device, orig, size, masks: { am, mam }, cpu, began: position, add: undefined })
        break
      }
      case 'probe-add':
        this.#add(event, position, maps)
        break
      case 'probe-map-done':
        this.#showsEnds = true
        this.#mapDone(event, position, maps)
        break
      case 'probe-unmap': {
        const { device, bus, size, cpu } = event
        const map = this.#live.get(bus) ?? this.#endUnseen(bus, position)
        this.#live.delete(bus)
        const rest = { sub: undefined, next: undefined }
        unmaps.push({ device, bus, size, cpu, began: position, map, ...rest })
        break
      }
      case 'probe-sub': {
        const { slots } = event
        const fits = ({ map }: OpenUnmap) => map === undefined || map.slots === slots
        const open = unmaps.findLast((unmap) => unmap.sub === undefined && fits(unmap))
        if (open) open.sub = { slots, position }
        else {
          thread.straySub = { slots, position }
          this.#strays.subs++
        }
        break
      }
      case 'probe-unmap-done': {
        const index = unmaps.findLastIndex((unmap) => unmap.bus === event.bus)
        const [open] = index < 0 ? [] : unmaps.splice(index, 1)
        if (open) this.#closeUnmap(open, position)
        else this.#endUnbegun(event, position, thread)
        break
      }
      default:
    }
  }

  finish(end: number): Probes {
    for (const { maps, unmaps } of this.#threads.values()) {
      for (const open of unmaps) this.#closeUnmap(open, undefined, end)
      // A map that had not been counted when the trace ended is none yet.
      for (const open of maps) if (open.add) this.#closeMap(open, end, undefined)
    }
    return {
      maps: this.#maps.sort((a, b) => a.counted - b.counted),
      unmaps: this.#unmaps.sort((a, b) => a.counted - b.counted),
      failed: this.#failed,
      strays: this.#showsEnds ? this.#strays : { ...this.#strays, ends: 0 },
    }
  }

  #thread(name: string): Thread {
    let thread = this.#threads.get(name)
    if (!thread) {
      thread = { maps: [], unmaps: [], straySub: undefined }
      this.#threads.set(name, thread)
    }
    return thread
  }

  /* To the innermost map that fits; one of another size is better than none. */
  #add(event: Event<'probe-add'>, position: number, maps: OpenMap[]): void {
    const waiting = maps.filter((map) => map.add === undefined)
    let open = waiting.findLast((map) => slotsWanted(map) === event.slots) ?? waiting.at(-1)
    if (!open) {
      this.#strays.adds++
      const size = event.slots * SLOT_BYTES
      const { cpu } = event
      const unknown = { device: '', orig: undefined, masks: undefined, add: undefined }
      open = { ...unknown, size, cpu, began: position }
      maps.push(open)
    }
    open.add = { ...event, position }
  }

  #mapDone(event: Event<'probe-map-done'>, position: number, maps: OpenMap[]): void {
    const { bus, orig, size, cpu } = event
    // A failed map was never counted, all others were (if their event was not missed).
    const counted = (map: OpenMap) => (map.add === undefined) === (bus === FAILED_ADDRESS)
    const same = (map: OpenMap) => map.orig === orig && map.size === size
    const open =
      maps.findLast((map) => same(map) && counted(map)) ??
      maps.findLast(same) ??
      maps.findLast((map) => map.orig === undefined && counted(map))
    if (!open) {
      const lone = { device: '', masks: undefined, began: position, add: undefined }
      this.#closeMap({ ...lone, orig, size, cpu }, position, bus)
      return
    }
    this.#settleAdd(open, maps, bus)
    maps.splice(maps.indexOf(open), 1)
    open.orig = orig
    open.size = size
    this.#closeMap(open, position, bus)
  }

  /* Where threads cannot be told apart, the address shows whose event at the counter it was. */
  #settleAdd(open: OpenMap, maps: readonly OpenMap[], bus: number): void {
    const fits = (map: OpenMap) => {
      const { add } = map
      if (bus === FAILED_ADDRESS) return !add && slotsWanted(map) === slotsWanted(open)
      return add?.slots === slotsWanted(open) && this.#slotFits(open, add?.slot ?? 0, bus)
    }
    if (fits(open)) return
    const other = maps.find((map) => map !== open && fits(map))
    if (other) [open.add, other.add] = [other.add, open.add]
  }

  #slotFits(open: OpenMap, slot: number, bus: number): boolean {
    if (this.#start === undefined) return true
    return startOf(bus, slot, offsetOf(open)) === this.#start
  }

  /* An unmap shows that a map has returned, although no event said so. */
  #endUnseen(bus: number, position: number): ProbedMap | undefined {
    for (const { maps } of this.#threads.values()) {
      const open = maps.find(
        (map) => map.add && this.#start !== undefined && this.#slotFits(map, map.add.slot, bus),
      )
      if (!open) continue
      this.#strays.ends++
      maps.splice(maps.indexOf(open), 1)
      return this.#closeMap(open, position, bus)
    }
    return undefined
  }

  #closeMap(open: OpenMap, position: number, bus: number | undefined): ProbedMap {
    const { device, orig = 0, size, began, add } = open
    const { am, mam } = open.masks ?? { am: 0, mam: maskOf(orig, bus) }
    const map: ProbedMap = {
      device,
      orig,
      size,
      am,
      mam,
      began,
      cpu: add?.cpu ?? open.cpu,
      slots: add?.slots ?? slotsOfMap(orig, size, am, mam),
      found: add?.found,
      slot: add?.slot,
      bus,
      counted: add?.position ?? position,
      ended: position,
    }
    if (bus === FAILED_ADDRESS) {
      this.#failed.push(map)
      return map
    }
    this.#maps.push(map)
    if (bus === undefined) return map
    this.#live.set(bus, map)
    if (map.slot !== undefined) this.#start ??= startOf(bus, map.slot, offsetOf(open))
    return map
  }

  /* An unmap of which only tlb_dec and the return were seen. */
  #endUnbegun(event: Event<'probe-unmap-done'>, position: number, thread: Thread): void {
    const map = this.#live.get(event.bus)
    const { straySub: sub } = thread
    if (!map || sub?.slots !== map.slots) return
    this.#live.delete(event.bus)
    thread.straySub = undefined
    const { bus, cpu } = event
    const { device, size } = map
    const open = { device, bus, size, cpu, began: sub.position, map, sub, next: undefined }
    this.#closeUnmap(open, position)
  }

  /* Without an event of its return, an unmap ends before its thread goes on. */
  #closeUnmap(open: OpenUnmap, position: number | undefined, end = Number.MAX_SAFE_INTEGER): void {
    const { device, bus, size, cpu, began, map, sub, next } = open
    const counted = sub?.position ?? began
    const ended = position ?? next ?? (sub ? end : began)
    this.#unmaps.push({ device, bus, size, cpu, began, map, slots: sub?.slots, counted, ended })
  }
}

function slotsWanted({ orig, size, masks }: OpenMap): number | undefined {
  return orig === undefined ? undefined : slotsOfMap(orig, size, masks?.am, masks?.mam)
}

function offsetOf({ orig = 0, masks }: OpenMap): number {
  return masks ? offsetOfMap(orig, masks.am, masks.mam) : 0
}

function maskOf(orig: number, bus: number | undefined): number {
  if (bus === undefined || bus === FAILED_ADDRESS) return 0
  return inferMasks([{ device: '', orig, bus }]).get('') ?? 0
}
