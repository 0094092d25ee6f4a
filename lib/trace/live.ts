/** Pairs unmaps with maps by their addresses, and notices those that are missing. */
import { SLOT_BYTES } from './operations.js'

/** One mapping of the standard events. Positions are indices of events. */
export interface StandardMap {
  readonly device: string
  readonly cpu: number
  readonly orig: number
  readonly size: number
  /** Bus address; undefined for a segment that a cut list does not show. */
  readonly bus: number | undefined
  readonly slots: number
  /** Where the mapping is counted; -1: it was live before the trace. */
  counted: number
  /** Where its dma event stands. */
  readonly mapped: number
  unmapped: number | undefined
  unmapCpu: number
  /** The mapping that took one of its slots while it still looked live. */
  successor: StandardMap | undefined
}

/** An unmap's event may come after the next map of its slots, but not much later, in events. */
const LATE_EVENTS = 64
/** Puts a step just before or behind a position. */
const BETWEEN = 0.5

export class LiveMappings {
  readonly #byBus = new Map<number, StandardMap[]>()
  readonly #byList = new Map<string, StandardMap[][]>()
  readonly #owners = new Map<number, StandardMap>()
  readonly #all: StandardMap[] = []

  /** All mappings, in the order of their dma events. */
  get all(): readonly StandardMap[] {
    return this.#all
  }

  add(map: StandardMap): void {
    this.#all.push(map)
    if (map.bus === undefined) return
    push(this.#byBus, map.bus, map)
    const first = Math.floor(map.bus / SLOT_BYTES)
    for (let slot = first; slot < first + map.slots; slot++) {
      const owner = this.#owners.get(slot)
      if (owner) this.#succeed(owner, map)
      this.#owners.set(slot, map)
    }
  }

  /** Adds a mapping that has ended already. */
  addEnded(map: StandardMap): void {
    this.#all.push(map)
  }

  /** Remembers the mappings of one scatter list, which are unmapped by the list. */
  addList(key: string, maps: readonly StandardMap[]): void {
    push(this.#byList, key, [...maps])
  }

  /** Unmaps what lies at an address; false if nothing does. */
  unmap(bus: number, position: number, cpu: number): boolean {
    const queue = this.#byBus.get(bus)?.filter((map) => map.unmapped === undefined) ?? []
    this.#byBus.set(bus, queue)
    let map = queue.shift()
    const next = queue[0]
    if (map && next) {
      const late = position - next.mapped <= LATE_EVENTS && cpu !== next.cpu
      if (!late) map = queue.shift()
    }
    if (map) this.#end(map, position, cpu)
    return map !== undefined
  }

  /** Unmaps the mappings of a list; false if no such list is live. */
  unmapList(key: string, position: number, cpu: number): boolean {
    const maps = this.#byList.get(key)?.shift()
    for (const map of maps ?? []) {
      if (map.unmapped === undefined) this.#end(map, position, cpu)
    }
    return maps !== undefined
  }

  /** Ends the mappings whose unmaps nobody saw, when their slots are taken again; returns them. */
  endLost(): StandardMap[] {
    const lost = this.#all.filter((map) => map.unmapped === undefined && map.successor)
    for (const map of lost) {
      map.unmapped = Math.max((map.successor as StandardMap).counted - BETWEEN, map.counted)
      map.unmapCpu = map.cpu
    }
    return lost
  }

  /* An unmap that is recorded while its successor maps: the slots were free before. */
  #succeed(owner: StandardMap, map: StandardMap): void {
    if (owner.unmapped === undefined) owner.successor ??= map
    else if (owner.unmapped > map.counted) map.counted = owner.unmapped + BETWEEN
  }

  #end(map: StandardMap, position: number, cpu: number): void {
    const { successor } = map
    const end = successor ? Math.min(position, successor.counted - BETWEEN) : position
    map.unmapped = Math.max(end, map.counted)
    map.unmapCpu = cpu
  }
}

function push<K, V>(index: Map<K, V[]>, key: K, value: V): void {
  const list = index.get(key)
  if (list) list.push(value)
  else index.set(key, [value])
}
