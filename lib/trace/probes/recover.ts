/** Finds maps and unmaps whose probe events were missed, while the events come. */
import { SLOT_BYTES } from '../../data/units.js'
import type { TraceEvent } from '../events/events.js'
import { RecentMap } from '../recent.js'
import { offsetOfMap, SlotSet } from '../slots.js'
import type { Decisions } from './decide.js'
import type { ProbedMap, ProbedUnmap } from './open.js'
import { type DmaUnmap, type LostWindow, lostUnmap, unknownMap } from './rules.js'

/** A mapping that no probe has unmapped, and the dma events that say that it was. */
interface Live {
  readonly map: ProbedMap
  page: DmaUnmap | undefined
  list: DmaUnmap | undefined
}

/** So many events after its dma event, a mapping that no probe has unmapped was unmapped unseen. */
const LATEST_PROBE = 8192
/** A dma event comes at most so many events after the probe of the same unmap. */
const LATEST_EVENT = 4096
/** Addresses whose dma events are still to come. */
const MAX_OWED = 65536

export class Recovery {
  readonly #decisions: Decisions
  readonly #lost: (map: ProbedMap, window: LostWindow) => void
  readonly #live = new Map<ProbedMap, Live>()
  readonly #byBus = new Map<number, Live>()
  readonly #byOrig = new Map<string, Live>()
  readonly #owners = new Map<number, Live>()
  readonly #uses = new SlotSet()
  /** When each slot was freed last. */
  readonly #freed = new Map<number, number>()
  /** Unmapped by a probe, with their dma events still to come: when. */
  readonly #owed = new RecentMap<number, number>(MAX_OWED)
  /** The last two positions of each CPU, and who waits for the next. */
  readonly #cpus = new Map<number, { last: number; before: number; waiting: DmaUnmap[] }>()
  readonly #doubtful: { readonly live: Live; readonly at: number }[] = []
  #decided = 0

  /** `lost` is given the unmaps that nobody saw. */
  constructor(decisions: Decisions, lost: (map: ProbedMap, window: LostWindow) => void) {
    this.#decisions = decisions
    this.#lost = lost
  }

  /** Every event, after the probes have had it. */
  take(event: TraceEvent, position: number): void {
    if (event.kind === 'unmap') this.#page(event, position)
    if (event.kind === 'unmap-list') this.#list(event, position)
    this.#note(event.cpu, position)
    const doubtful = this.#doubtful
    for (; this.#decided < doubtful.length; this.#decided++) {
      const { live, at } = doubtful[this.#decided] as (typeof doubtful)[number]
      if (position - at <= LATEST_PROBE) break
      if (this.#live.has(live.map)) this.#lose(live, position)
    }
    if (this.#decided > LATEST_PROBE) {
      doubtful.splice(0, this.#decided)
      this.#decided = 0
    }
  }

  /** A map: whoever had one of its slots has been unmapped before. */
  map(map: ProbedMap): void {
    const live = { map, page: undefined, list: undefined }
    this.#live.set(map, live)
    this.#byOrig.set(`${map.device} ${map.orig}`, live)
    if (map.bus === undefined) return
    this.#byBus.set(map.bus, live)
    const first = firstSlot(map.bus, map)
    for (let slot = first; slot < first + map.slots; slot++) {
      const owner = this.#owners.get(slot)
      if (owner && this.#live.has(owner.map)) this.#lose(owner, map.counted)
      this.#owners.set(slot, live)
    }
    this.#uses.add(map.bus, map.slots)
  }

  /** A probe shows the begin of an unmap. */
  unmapBegins(bus: number, map: ProbedMap | undefined, position: number): void {
    const live = map && this.#live.get(map)
    if (!live?.list) this.#owe(bus, position)
    if (map) this.#end(map, position)
  }

  /** An unmap whose map is known has ended. */
  unmap(map: ProbedMap, ended: number): void {
    this.#free(map, ended)
  }

  /**
   * An unmap of which no map was seen: whether its mapping was live before the trace; else, when
   * its slots had become free for the map that was missed.
   */
  unknown({ bus, began }: ProbedUnmap, slots: number): { readonly live: boolean; mapOpen: number } {
    const used = this.#uses.hasAny(bus, slots)
    const live = !this.#decisions.decide(unknownMap, { used })
    this.#uses.add(bus, slots)
    let mapOpen = 0
    if (!live) {
      const first = firstSlot(bus)
      for (let slot = first; slot < first + slots; slot++) {
        const freed = this.#freed.get(slot) ?? 0
        if (freed < began) mapOpen = Math.max(mapOpen, freed)
      }
    }
    return { live, mapOpen }
  }

  /** At the end of the trace, after so many events: what dma events have unmapped. */
  finish(events: number): void {
    for (const live of [...this.#live.values()]) {
      if (live.page ?? live.list) this.#lose(live, events)
    }
  }

  #page(event: TraceEvent & { readonly kind: 'unmap' }, position: number): void {
    const owed = this.#owed.get(event.bus)
    if (owed !== undefined) {
      this.#owed.delete(event.bus)
      if (position - owed <= LATEST_EVENT) return
    }
    const live = this.#byBus.get(event.bus)
    if (!live || live.page || position <= live.map.ended) return
    const before = this.#cpus.get(event.cpu)?.before ?? 0
    live.page = { position, cpu: event.cpu, away: Math.max(0, before) }
    this.#doubtful.push({ live, at: position })
  }

  #list(event: TraceEvent & { readonly kind: 'unmap-list' }, position: number): void {
    for (const orig of event.origs) {
      const live = this.#byOrig.get(`${event.device} ${orig}`)
      if (!live || live.list || position <= live.map.ended) continue
      live.list = { position, cpu: event.cpu, away: undefined }
      this.#cpu(event.cpu).waiting.push(live.list)
      this.#doubtful.push({ live, at: position })
    }
  }

  #cpu(cpu: number) {
    let known = this.#cpus.get(cpu)
    if (!known) {
      known = { last: -1, before: -1, waiting: [] }
      this.#cpus.set(cpu, known)
    }
    return known
  }

  #note(number: number, position: number): void {
    const cpu = this.#cpu(number)
    cpu.before = cpu.last
    cpu.last = position
    if (cpu.waiting.length === 0) return
    // The second event behind the one that they are of.
    for (const evidence of cpu.waiting) {
      if (cpu.before > evidence.position) evidence.away = position
    }
    cpu.waiting = cpu.waiting.filter((evidence) => evidence.away === undefined)
  }

  #owe(bus: number, position: number): void {
    this.#owed.set(bus, position)
  }

  /* It is live no more from then on, or a little later. */
  #end(map: ProbedMap, position: number): void {
    const live = this.#live.get(map)
    this.#live.delete(map)
    const origKey = `${map.device} ${map.orig}`
    if (this.#byOrig.get(origKey) === live) this.#byOrig.delete(origKey)
    if (map.bus === undefined) return
    if (this.#byBus.get(map.bus) === live) this.#byBus.delete(map.bus)
    const first = firstSlot(map.bus, map)
    for (let slot = first; slot < first + map.slots; slot++) {
      if (this.#owners.get(slot) === live) this.#owners.delete(slot)
    }
    this.#free(map, position)
  }

  #free(map: ProbedMap, position: number): void {
    if (map.bus === undefined) return
    const first = firstSlot(map.bus, map)
    for (let slot = first; slot < first + map.slots; slot++) this.#freed.set(slot, position)
  }

  /* Before `limit`: then its slots were taken again, or the trace was at its end. */
  #lose({ map, page, list }: Live, limit: number): void {
    this.#end(map, limit)
    const window = this.#decisions.decide(lostUnmap, { map, page, list, limit })
    const { ended: open, cpu } = map
    this.#lost(map, window ?? { open, close: Math.max(open, limit), cpu })
  }
}

/* Number of the slot at a bus address, counted from address 0, pad slots included. */
function firstSlot(bus: number, map?: ProbedMap): number {
  const offset = map ? offsetOfMap(map.orig, map.am, map.mam) : 0
  return Math.floor((bus - offset) / SLOT_BYTES)
}
