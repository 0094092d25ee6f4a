/** Pairs unmaps with maps by their addresses, and notices those that are missing. */

import { SLOT_BYTES } from '../../data/units.js'
import type { Direction } from '../operations.js'
import { RecentMap } from '../recent.js'
import type { StepQueue } from '../steps/queue.js'
import type { RecordedStep } from '../steps/records.js'
import { type Step, StepKind, stepOf } from '../steps/step.js'

/** One mapping of the standard events. Positions are indices of events. */
export interface StandardMap {
  readonly id: number
  readonly device: string
  readonly number: number
  readonly cpu: number
  readonly orig: number
  readonly size: number
  /** Bus address; undefined for a segment that a cut list does not show. */
  readonly bus: number | undefined
  readonly slots: number
  readonly dir: Direction
  /** Whether the trace has no swiotlb_bounced of it; then, its thread's event before it. */
  readonly unbounced: boolean
  readonly since: number
  /** Where the mapping is counted, and when. */
  counted: number
  ns: number
  /** Where its dma event stands. */
  readonly mapped: number
  /** Where it ended, as far as is known. */
  ended: number | undefined
  /** Its end, where another mapping took one of its slots while it still looked live. */
  cutShort: Step | undefined
  list: ListedMaps | undefined
}

/** What the steps of a mapping have of it alike. */
export function tellMap(step: RecordedStep, map: StandardMap): void {
  step.id = map.id
  step.device = map.number
  step.orig = map.orig
  step.size = map.size
  step.bus = map.bus ?? Number.NaN
  step.unbounced = map.unbounced
  step.since = map.since
}

/** The mappings of one scatter list, which are unmapped together. */
interface ListedMaps {
  readonly key: string
  readonly maps: readonly StandardMap[]
  /** Those that have not ended. */
  live: number
}

/** What an unmap event says. */
export interface Unmapped {
  readonly position: number
  readonly cpu: number
  readonly ns: number
  readonly noCopy: boolean
}

/** An unmap's event may come after the next map of its slots, but not much later, in events. */
const LATE_EVENTS = 64
/** Slots are forgotten so many events after their mapping has ended. */
const REMEMBERED_EVENTS = 4096
/** They are dropped so many at a time. */
const FORGOTTEN_AT_A_TIME = 512
/** Lists that wait for their unmap; those of more were lost, or never come. */
const MAX_LISTS = 2 ** 18
/** Puts a step just before or behind a position. */
const BETWEEN = 0.5

export class LiveMappings {
  readonly #queue: StepQueue
  readonly #byBus = new Map<number, StandardMap[]>()
  readonly #byList = new RecentMap<string, ListedMaps[]>(MAX_LISTS)
  readonly #owners = new Map<number, StandardMap>()
  /** Those that have ended, until their slots are forgotten. */
  readonly #ended: StandardMap[] = []
  #forgotten = 0

  /** `queue` is given each end of a mapping, as soon as it is known. */
  constructor(queue: StepQueue) {
    this.#queue = queue
  }

  add(map: StandardMap): void {
    if (map.bus === undefined) return
    push(this.#byBus, map.bus, map)
    const first = Math.floor(map.bus / SLOT_BYTES)
    for (let slot = first; slot < first + map.slots; slot++) {
      const owner = this.#owners.get(slot)
      if (owner) this.#succeed(owner, map)
      this.#owners.set(slot, map)
    }
    this.#forget(map.mapped)
  }

  /** Remembers the mappings of one scatter list, which are unmapped by the list. */
  addList(key: string, maps: readonly StandardMap[]): void {
    const list = { key, maps, live: 0 }
    for (const map of maps) {
      map.list = list
      if (map.ended === undefined) list.live++
    }
    push(this.#byList, key, list)
  }

  /** Unmaps what lies at an address; false if nothing does. */
  unmap(device: string, bus: number, event: Unmapped): boolean {
    const queue = this.#byBus.get(bus)
    let at = queue ? ofDevice(queue, device, 0) : -1
    if (!queue || at < 0) return false
    const second = queue.length > 1 ? ofDevice(queue, device, at + 1) : -1
    let map = queue[at] as StandardMap
    if (second >= 0) {
      const next = queue[second] as StandardMap
      const late = event.position - next.mapped <= LATE_EVENTS && event.cpu !== next.cpu
      if (!late) {
        // The first one's unmap was lost.
        queue.splice(at, 1)
        at = second - 1
        map = next
      }
    }
    if (queue.length === 1) this.#byBus.delete(bus)
    else queue.splice(at, 1)
    this.#end(map, event)
    return true
  }

  /** Unmaps the mappings of a list; false if no such list is live. */
  unmapList(key: string, event: Unmapped): boolean {
    const lists = this.#byList.get(key)
    const list = lists?.shift()
    if (lists?.length === 0) this.#byList.delete(key)
    for (const map of list?.maps ?? []) {
      if (map.bus !== undefined) remove(this.#byBus, map.bus, map)
      this.#end(map, event)
    }
    return list !== undefined
  }

  /* An unmap that is recorded while its successor maps: the slots were free before. */
  #succeed(owner: StandardMap, map: StandardMap): void {
    if (owner.ended === undefined) {
      const at = Math.max(map.counted - BETWEEN, owner.counted)
      const { id, number: device, orig, size, bus = Number.NaN, cpu, unbounced, since } = owner
      const whose = { id, device, orig, size, bus, cpu, unbounced, since }
      owner.cutShort = stepOf(StepKind.unmap, { ...whose, at, ns: map.ns, unseen: true })
      this.#queue.addOpen(owner.cutShort)
      this.#close(owner, at)
    } else if (owner.ended > map.counted) {
      map.counted = owner.ended + BETWEEN
    }
  }

  #end(map: StandardMap, { position, cpu, ns, noCopy }: Unmapped): void {
    const { cutShort } = map
    if (cutShort) {
      cutShort.unseen = false
      cutShort.cpu = cpu
      cutShort.noCopy = noCopy
      return
    }
    if (map.ended !== undefined) return
    const at = Math.max(position, map.counted)
    const step = this.#queue.add(StepKind.unmap, at)
    tellMap(step, map)
    step.cpu = cpu
    step.ns = ns
    step.noCopy = noCopy
    this.#close(map, at)
  }

  #close(map: StandardMap, at: number): void {
    map.ended = at
    if (map.bus !== undefined) this.#ended.push(map)
    const { list } = map
    if (!list) return
    list.live--
    // All of it was taken again: its unmap is not going to come.
    if (list.live === 0 && map.cutShort) remove(this.#byList, list.key, list)
  }

  #forget(position: number): void {
    const ended = this.#ended
    for (; this.#forgotten < ended.length; this.#forgotten++) {
      const map = ended[this.#forgotten] as StandardMap
      if ((map.ended as number) > position - REMEMBERED_EVENTS) break
      const first = Math.floor((map.bus as number) / SLOT_BYTES)
      for (let slot = first; slot < first + map.slots; slot++) {
        if (this.#owners.get(slot) === map) this.#owners.delete(slot)
      }
    }
    if (this.#forgotten > FORGOTTEN_AT_A_TIME) {
      ended.splice(0, this.#forgotten)
      this.#forgotten = 0
    }
  }
}

/** Where the first of a device stands, from a place on; -1 for none. */
function ofDevice(queue: readonly StandardMap[], device: string, from: number): number {
  for (let i = from; i < queue.length; i++) if (queue[i]?.device === device) return i
  return -1
}

type Index<K, V> = Pick<Map<K, V>, 'get'> & {
  set(key: K, value: V): unknown
  delete(key: K): unknown
}

function push<K, V>(index: Index<K, V[]>, key: K, value: V): void {
  const list = index.get(key)
  if (list) list.push(value)
  else index.set(key, [value])
}

function remove<K, V>(index: Index<K, V[]>, key: K, value: V): void {
  const list = index.get(key) ?? []
  const at = list.indexOf(value)
  if (list.length > 1 && at >= 0) list.splice(at, 1)
  else if (at >= 0) index.delete(key)
}
