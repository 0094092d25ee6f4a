/** Joins the probe events of one map, and of one unmap. What belongs together `rules.ts` decides. */
import { SLOT_BYTES } from '../../data/units.js'
import type { TraceEvent } from '../events/events.js'
import { FAILED_ADDRESS } from '../events/fields.js'
import { startOf } from '../slots.js'
import type { Decisions } from './decide.js'
import {
  mapOf,
  type OpenMap,
  type OpenUnmap,
  offsetOf,
  openMap,
  openUnmap,
  type ProbedMap,
  type ProbedUnmap,
  type Thread,
} from './open.js'
import {
  countedMap,
  countedUnmap,
  givenUp,
  ownerOfCount,
  returnedMap,
  returnedUnmap,
  type Unreturned,
  unmappedMap,
} from './rules.js'

/** What is done with maps, failed maps and unmaps, as soon as all their events were seen. */
export interface ProbeSink {
  map(map: ProbedMap): void
  failed(map: ProbedMap): void
  /** An unmap begins; nothing more of it may be known for a while. */
  unmapBegins(bus: number, map: ProbedMap | undefined, position: number): void
  unmap(unmap: ProbedUnmap): void
}

/** Unmaps nest in interrupts, but not deeper than this: more have no event of their return. */
const MAX_NESTED = 8
/** So many events after its count, nothing more is waited for. */
const LONGEST_WAIT = 8192
/** Threads that are remembered beside those in the middle of something. */
const MAX_IDLE_THREADS = 4096

type Event<Kind> = TraceEvent & { readonly kind: Kind }

/** What waits for the event of its return since its count at `at`. */
type Waiting = { readonly at: number; readonly thread: Thread } & (
  | { readonly map: OpenMap }
  | { readonly unmap: OpenUnmap }
)

export class ProbeJoiner {
  readonly #sink: ProbeSink
  readonly #decisions: Decisions
  #start: number | undefined
  readonly #threads = new Map<string, Thread>()
  readonly #live = new Map<number, ProbedMap>()
  /** Those whose return has not come, by what was handed on. */
  readonly #unreturned = new Map<ProbedMap, Unreturned>()
  /** Counted, in the order of their counts. */
  readonly #waiting: Waiting[] = []
  #waited = 0
  #showsReturns = false

  /** `start` is the address of slot 0, where it is known; else the first map shows it. */
  constructor(start: number | undefined, decisions: Decisions, sink: ProbeSink) {
    this.#start = start
    this.#decisions = decisions
    this.#sink = sink
  }

  /** Whether the trace has events of the return of maps. */
  get showsReturns(): boolean {
    return this.#showsReturns
  }

  take(event: TraceEvent, position: number): void {
    const thread = this.#thread(event.thread)
    const { unmaps } = thread
    for (const open of unmaps) if (open.count) open.next ??= position
    if (unmaps.length > MAX_NESTED) {
      this.#decisions.note(givenUp.nested)
      this.#closeUnmap(unmaps.shift() as OpenUnmap, undefined)
    }
    this.#stopWaiting(position)
    switch (event.kind) {
      case 'probe-map':
        this.#map(event, position, thread)
        break
      case 'probe-add':
        this.#mapCounted(event, position, thread)
        break
      case 'probe-map-done':
        this.#mapDone(event, position, thread)
        break
      case 'probe-unmap':
        this.#unmap(event, position, thread)
        break
      case 'probe-sub':
        this.#unmapCounted(event, position, thread)
        break
      case 'probe-unmap-done':
        this.#unmapDone(event, position, thread)
        break
      default:
    }
  }

  /** Closes what is open; returns how many maps had begun and were not counted yet. */
  finish(end: number): number {
    let underWay = 0
    for (const { maps, unmaps } of this.#threads.values()) {
      for (const open of unmaps) this.#closeUnmap(open, undefined, end)
      for (const open of maps) {
        if (open.count) this.#closeMap(open, end, undefined)
        else underWay++
      }
    }
    return underWay
  }

  #map(event: Event<'probe-map'>, position: number, { maps }: Thread): void {
    const { device, orig, size, am, mam, dir, cpu, ns } = event
    maps.push(openMap({ device, orig, size, masks: { am, mam }, dir, cpu, ns, began: position }))
  }

  #mapCounted(event: Event<'probe-add'>, position: number, thread: Thread): void {
    const { slots, found, slot, cpu, ns } = event
    const { maps } = thread
    let open = this.#decisions.decide(countedMap, { slots, maps })
    if (!open) {
      open = openMap({ size: slots * SLOT_BYTES, cpu, ns, began: position })
      maps.push(open)
    }
    open.count = { slots, found, slot, cpu, position }
    this.#waiting.push({ at: position, thread, map: open })
  }

  #mapDone(event: Event<'probe-map-done'>, position: number, { maps }: Thread): void {
    this.#showsReturns = true
    const { bus, orig, size, cpu, ns } = event
    const returned = this.#decisions.decide(returnedMap, { bus, orig, size, maps })
    if (!returned) {
      this.#closeMap(openMap({ orig, size, cpu, ns, began: position }), position, bus)
      return
    }
    const evidence = { returned, bus, maps, start: this.#start }
    const owner = this.#decisions.decide(ownerOfCount, evidence) ?? returned
    const { count } = returned
    returned.count = owner.count
    owner.count = count
    remove(maps, returned)
    returned.orig = orig
    returned.size = size
    this.#closeMap(returned, position, bus)
  }

  #unmap(event: Event<'probe-unmap'>, position: number, { unmaps }: Thread): void {
    const { device, bus, size, cpu, ns } = event
    const map = this.#mapEndedBy(bus, position)
    this.#live.delete(bus)
    this.#sink.unmapBegins(bus, map, position)
    unmaps.push(openUnmap({ device, bus, size, cpu, ns, began: position, map, count: undefined }))
  }

  /* The map that an unmap ends has returned, whether an event said so or not. */
  #mapEndedBy(bus: number, position: number): ProbedMap | undefined {
    const live = this.#live.get(bus)
    const waits = live && this.#unreturned.get(live)
    const where = { bus, live, unreturned: waits, threads: this.#threads.values() }
    const ended = this.#decisions.decide(unmappedMap, { ...where, start: this.#start })
    if (!ended) return undefined
    const { map, unreturned } = ended
    if (unreturned) remove(unreturned.thread.maps, unreturned.open)
    if (!map) return unreturned && this.#closeMap(unreturned.open, position, bus)
    this.#unreturned.delete(map)
    return map
  }

  #unmapCounted(event: Event<'probe-sub'>, position: number, thread: Thread): void {
    const { slots } = event
    const count = { slots, position }
    const open = this.#decisions.decide(countedUnmap, { slots, unmaps: thread.unmaps })
    if (!open) {
      thread.stray = count
      return
    }
    open.count = count
    this.#waiting.push({ at: position, thread, unmap: open })
  }

  #unmapDone(event: Event<'probe-unmap-done'>, position: number, thread: Thread): void {
    const { bus, cpu, ns } = event
    const { unmaps, stray } = thread
    const evidence = { bus, unmaps, live: this.#live.get(bus), stray }
    const ended = this.#decisions.decide(returnedUnmap, evidence)
    if (!ended) return
    if ('open' in ended) {
      remove(unmaps, ended.open)
      this.#closeUnmap(ended.open, position)
      return
    }
    const { map, count } = ended
    const { device, size } = map
    const began = count.position
    this.#live.delete(bus)
    this.#sink.unmapBegins(bus, map, began)
    thread.stray = undefined
    this.#closeUnmap(openUnmap({ device, bus, size, cpu, ns, began, map, count }), position)
  }

  #thread(name: string): Thread {
    let thread = this.#threads.get(name)
    if (!thread) {
      if (this.#threads.size > MAX_IDLE_THREADS) this.#dropIdle()
      thread = { maps: [], unmaps: [], stray: undefined }
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
      const one = waiting[this.#waited] as Waiting
      if (position - one.at <= LONGEST_WAIT) break
      if ('map' in one) {
        if (!one.map.closed && !one.map.early) this.#handEarly(one.map, one.thread, position)
      } else if (!one.unmap.closed) {
        this.#decisions.note(givenUp.unmap)
        remove(one.thread.unmaps, one.unmap)
        this.#closeUnmap(one.unmap, undefined, position)
      }
    }
    if (this.#waited > LONGEST_WAIT) {
      waiting.splice(0, this.#waited)
      this.#waited = 0
    }
  }

  #handEarly(open: OpenMap, thread: Thread, position: number): void {
    this.#decisions.note(givenUp.map)
    const { count } = open
    const bus =
      this.#start === undefined || !count
        ? undefined
        : this.#start + count.slot * SLOT_BYTES + offsetOf(open)
    const map = mapOf(open, position, bus)
    open.early = map
    if (bus !== undefined) this.#live.set(bus, map)
    this.#unreturned.set(map, { open, thread })
    this.#sink.map(map)
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

  /* Without an event of its return, an unmap ends before its thread goes on. */
  #closeUnmap(open: OpenUnmap, position: number | undefined, end = Number.MAX_SAFE_INTEGER): void {
    open.closed = true
    const { device, bus, size, cpu, ns, began, map, count, next } = open
    const counted = count?.position ?? began
    const ended = position ?? next ?? (count ? end : began)
    const slots = count?.slots
    this.#sink.unmap({ device, bus, size, cpu, ns, began, map, slots, counted, ended })
  }
}

function remove<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1)
}
