/** Finds maps and unmaps whose probe events were missed. */
import type { Mapping } from './emit.js'
import type { TraceEvent } from './events.js'
import { FirstUse } from './first-use.js'
import { offsetOfMap, SLOT_BYTES, slotsOfMap } from './operations.js'
import type { ProbedMap, ProbedUnmap, Probes } from './probes.js'

/** An unmap that nobody saw; it happened after position `open` and before `close`. */
export interface LostUnmap {
  readonly map: ProbedMap
  readonly open: number
  readonly close: number
  /** CPU of the unmap where it is known, else that of the map. */
  readonly cpu: number
  /** A dma event shows it. */
  readonly seen: boolean
}

/**
 * A mapping has been unmapped unseen when its slots are taken again, or when a dma event unmaps it,
 * although no probe did.
 */
export function findLostUnmaps(
  events: readonly TraceEvent[],
  { maps, unmaps }: Probes,
): LostUnmap[] {
  const unmapped = new Set(unmaps.map((unmap) => unmap.map))
  const open = maps.filter((map) => !unmapped.has(map))
  if (open.length === 0) return []
  const again = takenAgain(maps, new Set(open))
  const index = new UnmapIndex(events)
  const lost: LostUnmap[] = []
  for (const map of open) {
    const limit = again.get(map)
    const evidence = index.find(map, limit ?? events.length)
    if (evidence) lost.push({ map, ...evidence, seen: true })
    else if (limit !== undefined) {
      const close = Math.max(map.ended, limit)
      lost.push({ map, open: map.ended, close, cpu: map.cpu, seen: false })
    }
  }
  return lost
}

/* For each of the given maps: the position at which one of its slots is taken again. */
function takenAgain(
  maps: readonly ProbedMap[],
  open: ReadonlySet<ProbedMap>,
): Map<ProbedMap, number> {
  const again = new Map<ProbedMap, number>()
  const owners = new Map<number, ProbedMap>()
  for (const map of maps) {
    if (map.bus === undefined) continue
    const first = firstSlot(map.bus, map)
    for (let slot = first; slot < first + map.slots; slot++) {
      const owner = owners.get(slot)
      if (owner && open.has(owner) && !again.has(owner)) again.set(owner, map.counted)
      owners.set(slot, map)
    }
  }
  return again
}

/** An unmap of which no map was seen. */
export interface UnknownUnmap {
  readonly mapping: Mapping
  /** It was live before the trace; else its map was missed, after position `mapOpen`. */
  readonly live: boolean
  readonly mapOpen: number
  /** Positions between which the counter was lowered. */
  readonly counted: number
  readonly ended: number
}

/**
 * What the unmaps without a map ended: a mapping that was live before the trace, or, when others had
 * its slots in between, one whose map was missed. `start` is the address of slot 0.
 */
export function explainUnknown(
  { maps, unmaps }: Probes,
  start: number | undefined,
): UnknownUnmap[] {
  const uses = new FirstUse()
  for (const { bus, slots, counted } of maps) {
    if (bus !== undefined) uses.note(bus, slots, counted)
  }
  const unknown: UnknownUnmap[] = []
  for (const unmap of unmaps) {
    if (unmap.map) continue
    const mapping = mappingOf(unmap, start)
    const slots = slotsOfMap(mapping.orig, mapping.size, 0, mapping.mam)
    const live = !uses.takenBefore(unmap.bus, slots, unmap.began)
    uses.note(unmap.bus, slots, -1)
    const mapOpen = live ? 0 : lastEnd(unmaps, unmap, slots)
    const { counted, ended } = unmap
    unknown.push({ mapping, live, mapOpen, counted, ended })
  }
  return unknown
}

/* Only address and slots are known. */
function mappingOf(unmap: ProbedUnmap, start: number | undefined): Mapping {
  const { cpu, device, bus, size } = unmap
  const offset = bus % SLOT_BYTES
  const whole = (unmap.slots ?? Math.ceil((offset + size) / SLOT_BYTES)) * SLOT_BYTES
  const fits = Math.ceil((offset + size) / SLOT_BYTES) * SLOT_BYTES === whole
  return {
    cpu,
    device,
    orig: offset,
    size: fits ? size : whole - offset,
    am: 0,
    mam: offset === 0 ? 0 : SLOT_BYTES - 1,
    slot: start === undefined ? undefined : Math.floor((bus - start) / SLOT_BYTES),
  }
}

/* The last time before an unmap at which its slots became free. */
function lastEnd(unmaps: readonly ProbedUnmap[], unmap: ProbedUnmap, slots: number): number {
  const from = firstSlot(unmap.bus)
  let last = 0
  for (const { bus, ended, map } of unmaps) {
    if (!map || ended >= unmap.began) continue
    const first = firstSlot(bus, map)
    if (first < from + slots && from < first + map.slots) last = Math.max(last, ended)
  }
  return last
}

/* Number of the slot at a bus address, counted from address 0, pad slots included. */
function firstSlot(bus: number, map?: ProbedMap): number {
  const offset = map ? offsetOfMap(map.orig, map.am, map.mam) : 0
  return Math.floor((bus - offset) / SLOT_BYTES)
}

/** The dma events that unmap, by address. */
class UnmapIndex {
  readonly #events: readonly TraceEvent[]
  readonly #byBus = new Map<string, number[]>()
  readonly #byOrig = new Map<string, number[]>()

  constructor(events: readonly TraceEvent[]) {
    this.#events = events
    events.forEach((event, position) => {
      if (event.kind === 'unmap') append(this.#byBus, `${event.bus}`, position)
      if (event.kind === 'unmap-list') {
        for (const orig of event.origs) append(this.#byOrig, `${event.device} ${orig}`, position)
      }
    })
  }

  /** When `map` was unmapped between its end and `limit`, as the dma events show it. */
  find(map: ProbedMap, limit: number): { open: number; close: number; cpu: number } | undefined {
    const inside = (position: number) => position > map.ended && position < limit
    // dma_unmap_page comes after the free, dma_unmap_sg before it.
    const page = this.#byBus.get(`${map.bus}`)?.find(inside)
    if (page !== undefined) {
      const before = this.#sameCpu(page, -1)
      return { open: Math.max(map.ended, before), close: page, cpu: this.#cpu(page) }
    }
    const list = this.#byOrig.get(`${map.device} ${map.orig}`)?.find(inside)
    if (list === undefined) return undefined
    return { open: list, close: Math.min(limit, this.#sameCpu(list, 1)), cpu: this.#cpu(list) }
  }

  #cpu(position: number): number {
    return (this.#events[position] as TraceEvent).cpu
  }

  /* Two events away on the same CPU: the probe that was running may be recorded late. */
  #sameCpu(from: number, step: 1 | -1): number {
    const cpu = this.#cpu(from)
    let position = from
    for (let left = 2; left > 0; left--) {
      do position += step
      while (this.#events[position] && this.#cpu(position) !== cpu)
    }
    return Math.max(0, Math.min(this.#events.length, position))
  }
}

function append(index: Map<string, number[]>, key: string, position: number): void {
  const list = index.get(key)
  if (list) list.push(position)
  else index.set(key, [position])
}
