/** Joins the probe events of one map, and of one unmap. */

import { SLOT_BYTES } from '../../data/units.js'
import type { TraceEvent } from '../events/events.js'
import { FAILED_ADDRESS } from '../events/fields.js'
import { maskOf } from '../masks.js'
import { Direction } from '../operations.js'
import { offsetOfMap, slotsOfMap } from '../slots.js'
import { startOf } from '../steps/emit.js'

/** One map. `began`, `counted` and `ended` are positions (indices of events). */
export interface ProbedMap {
  readonly cpu: number
  readonly device: string
  readonly orig: number
  readonly size: number
  readonly am: number
  readonly mam: number
  readonly dir: Direction
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

/** What is done with maps, failed maps and unmaps, as soon as all their events were seen. */
export interface ProbeSink {
  map(map: ProbedMap): void
  failed(map: ProbedMap): void
  /** An unmap begins; nothing more of it may be known for a while. */
  unmapBegins(bus: number, map: ProbedMap | undefined, position: number): void
  unmap(unmap: ProbedUnmap): void
}

interface OpenMap {
  readonly device: string
  /** undefined: only the event at the counter was seen. */
  orig: number | undefined
  size: number
  readonly masks: { readonly am: number; readonly mam: number } | undefined
  readonly dir: Direction
  readonly began: number
  readonly ns: number
  readonly cpu: number
  add: (TraceEvent & { readonly kind: 'probe-add'; readonly position: number }) | undefined
  /** What was handed on of it, when its return did not come. */
  early: ProbedMap | undefined
  closed: boolean
}

interface OpenUnmap {
  readonly device: string
  readonly bus: number
  readonly size: number
  readonly cpu: number
  readonly began: number
  readonly ns: number
  readonly map: ProbedMap | undefined
  sub: Sub | undefined
  /** Position of the thread's next event after `sub`. */
  next: number | undefined
  closed: boolean
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
/** So many events after its count, nothing more is waited for. */
const LONGEST_WAIT = 8192
/** Threads that are remembered beside those in the middle of something. */
const MAX_IDLE_THREADS = 4096

type Event<Kind> = TraceEvent & { readonly kind: Kind }

export class ProbeJoiner {
  readonly #sink: ProbeSink
  #start: number | undefined
  readonly #threads = new Map<string, Thread>()
  readonly #live = new Map<number, ProbedMap>()
  /** Those whose return has not come, by what was handed on. */
  readonly #unreturned = new Map<ProbedMap, { readonly open: OpenMap; readonly thread: Thread }>()
  /** Counted, in the order of their counts, with when to stop waiting. */
  readonly #waiting: (
    | { readonly at: number; readonly thread: Thread; readonly map: OpenMap }
    | { readonly at: number; readonly thread: Thread; readonly unmap: OpenUnmap }
  )[] = []
  #waited = 0
  #showsEnds = false
  readonly #strays = { adds: 0, subs: 0, ends: 0 }

  /** `start` is the address of slot 0, where it is known; else the first map shows it. */
  constructor(start: number | undefined, sink: ProbeSink) {
    this.#start = start
    this.#sink = sink
  }

  /** How many events have lost the others of their map or unmap. */
  get strays(): { readonly adds: number; readonly subs: number; readonly ends: number } {
    return this.#showsEnds ? this.#strays : { ...this.#strays, ends: 0 }
  }

  take(event: TraceEvent, position: number): void {
    const thread = this.#thread(event.thread)
    const { maps, unmaps } = thread
    for (const open of unmaps) if (open.sub) open.next ??= position
    if (unmaps.length > MAX_NESTED) this.#closeUnmap(unmaps.shift() as OpenUnmap, undefined)
    this.#stopWaiting(position)
    switch (event.kind) {
      case 'probe-map': {
        const { device, orig, size, am, mam, dir, cpu, ns } = event
        const rest = { add: undefined, early: undefined, closed: false }
        maps.push({
          device,
          orig,
          size,
          masks: { am, mam },
          dir,
          cpu,
          ns,
          began: position,
          ...rest,
        })
        break
      }
      case 'probe-add':
        this.#add(event, position, thread)
        break
      case 'probe-map-done':
        this.#showsEnds = true
        this.#mapDone(event, position, maps)
        break
      case 'probe-unmap': {
        const { device, bus, size, cpu, ns } = event
        const map = this.#returned(bus) ?? this.#endUnseen(bus, position)
        this.#live.delete(bus)
        this.#sink.unmapBegins(bus, map, position)
        const rest = { sub: undefined, next: undefined, closed: false }
        unmaps.push({ device, bus, size, cpu, ns, began: position, map, ...rest })
        break
      }
      case 'probe-sub': {
        const { slots } = event
        const fits = ({ map }: OpenUnmap) => map === undefined || map.slots === slots
        const open = unmaps.findLast((unmap) => unmap.sub === undefined && fits(unmap))
        if (open) {
          open.sub = { slots, position }
          this.#waiting.push({ at: position, thread, unmap: open })
        } else {
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

  /** Closes what is open; returns how many maps had begun and were not counted yet. */
  finish(end: number): number {
    let underWay = 0
    for (const { maps, unmaps } of this.#threads.values()) {
      for (const open of unmaps) this.#closeUnmap(open, undefined, end)
      for (const open of maps) {
        if (open.add) this.#closeMap(open, end, undefined)
        else underWay++
      }
    }
    return underWay
  }

  #thread(name: string): Thread {
    let thread = this.#threads.get(name)
    if (!thread) {
      if (this.#threads.size > MAX_IDLE_THREADS) this.#dropIdle()
      thread = { maps: [], unmaps: [], straySub: undefined }
      this.#threads.set(name, thread)
    }
    return thread
  }

  #dropIdle(): void {
    for (const [name, { maps, unmaps }] of this.#threads) {
      if (maps.length + unmaps.length === 0) this.#threads.delete(name)
    }
  }

  /* Without the events of their return, maps and unmaps would be known only at the end. */
  #stopWaiting(position: number): void {
    const waiting = this.#waiting
    for (; this.#waited < waiting.length; this.#waited++) {
      const one = waiting[this.#waited] as (typeof waiting)[number]
      if (position - one.at <= LONGEST_WAIT) break
      if ('map' in one) {
        if (!one.map.closed && !one.map.early) this.#handEarly(one.map, one.thread, position)
      } else if (!one.unmap.closed) {
        const { unmaps } = one.thread
        unmaps.splice(unmaps.indexOf(one.unmap), 1)
        this.#closeUnmap(one.unmap, undefined, position)
      }
    }
    if (this.#waited > LONGEST_WAIT) {
      waiting.splice(0, this.#waited)
      this.#waited = 0
    }
  }

  #handEarly(open: OpenMap, thread: Thread, position: number): void {
    const { add } = open
    const bus =
      this.#start === undefined || !add
        ? undefined
        : this.#start + add.slot * SLOT_BYTES + offsetOf(open)
    const map = mapOf(open, position, bus)
    open.early = map
    if (bus !== undefined) this.#live.set(bus, map)
    this.#unreturned.set(map, { open, thread })
    this.#sink.map(map)
  }

  /* To the innermost map that fits; one of another size is better than none. */
  #add(event: Event<'probe-add'>, position: number, thread: Thread): void {
    const waiting = thread.maps.filter((map) => map.add === undefined)
    let open = waiting.findLast((map) => slotsWanted(map) === event.slots) ?? waiting.at(-1)
    if (!open) {
      this.#strays.adds++
      const size = event.slots * SLOT_BYTES
      const { cpu, ns } = event
      open = openMap({ size, cpu, ns, began: position })
      thread.maps.push(open)
    }
    open.add = { ...event, position }
    this.#waiting.push({ at: position, thread, map: open })
  }

  #mapDone(event: Event<'probe-map-done'>, position: number, maps: OpenMap[]): void {
    const { bus, orig, size, cpu, ns } = event
    // A failed map was never counted, all others were (if their event was not missed).
    const counted = (map: OpenMap) => (map.add === undefined) === (bus === FAILED_ADDRESS)
    const same = (map: OpenMap) => map.orig === orig && map.size === size
    const open =
      maps.findLast((map) => same(map) && counted(map)) ??
      maps.findLast(same) ??
      maps.findLast((map) => map.orig === undefined && counted(map))
    if (!open) {
      this.#closeMap({ ...openMap({ size, cpu, ns, began: position }), orig }, position, bus)
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
    if (open.early || fits(open)) return
    const other = maps.find((map) => map !== open && !map.early && fits(map))
    if (other) [open.add, other.add] = [other.add, open.add]
  }

  #slotFits(open: OpenMap, slot: number, bus: number): boolean {
    if (this.#start === undefined) return true
    return startOf(bus, slot, offsetOf(open)) === this.#start
  }

  /* The live map at an address; one whose return did not come is not waited for any more. */
  #returned(bus: number): ProbedMap | undefined {
    const map = this.#live.get(bus)
    const unreturned = map && this.#unreturned.get(map)
    if (unreturned) {
      const { open, thread } = unreturned
      this.#strays.ends++
      this.#unreturned.delete(map)
      thread.maps.splice(thread.maps.indexOf(open), 1)
    }
    return map
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
    open.closed = true
    const map = open.early ?? mapOf(open, position, bus)
    if (open.early) {
      this.#unreturned.delete(map)
      map.bus ??= bus
    } else if (bus === FAILED_ADDRESS) {
      this.#sink.failed(map)
      return map
    } else {
      this.#sink.map(map)
    }
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
    this.#sink.unmapBegins(event.bus, map, sub.position)
    thread.straySub = undefined
    const { bus, cpu, ns } = event
    const { device, size } = map
    const rest = { sub, next: undefined, closed: false }
    this.#closeUnmap({ device, bus, size, cpu, ns, began: sub.position, map, ...rest }, position)
  }

  /* Without an event of its return, an unmap ends before its thread goes on. */
  #closeUnmap(open: OpenUnmap, position: number | undefined, end = Number.MAX_SAFE_INTEGER): void {
    open.closed = true
    const { device, bus, size, cpu, ns, began, map, sub, next } = open
    const counted = sub?.position ?? began
    const ended = position ?? next ?? (sub ? end : began)
    const slots = sub?.slots
    this.#sink.unmap({ device, bus, size, cpu, ns, began, map, slots, counted, ended })
  }
}

function openMap(known: Pick<OpenMap, 'size' | 'cpu' | 'ns' | 'began'>): OpenMap {
  return {
    device: '',
    orig: undefined,
    masks: undefined,
    dir: Direction.unknown,
    add: undefined,
    early: undefined,
    closed: false,
    ...known,
  }
}

function mapOf(open: OpenMap, position: number, bus: number | undefined): ProbedMap {
  const { device, orig = 0, size, dir, began, ns, add } = open
  const known = bus !== undefined && bus !== FAILED_ADDRESS
  const { am, mam } = open.masks ?? { am: 0, mam: known ? maskOf({ orig, bus }) : 0 }
  return {
    device,
    orig,
    size,
    am,
    mam,
    dir,
    began,
    ns,
    cpu: add?.cpu ?? open.cpu,
    slots: add?.slots ?? slotsOfMap(orig, size, am, mam),
    found: add?.found,
    slot: add?.slot,
    bus,
    counted: add?.position ?? position,
    ended: position,
  }
}

function slotsWanted({ orig, size, masks }: OpenMap): number | undefined {
  return orig === undefined ? undefined : slotsOfMap(orig, size, masks?.am, masks?.mam)
}

function offsetOf({ orig = 0, masks }: OpenMap): number {
  return masks ? offsetOfMap(orig, masks.am, masks.mam) : 0
}
