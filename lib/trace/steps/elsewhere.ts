/** Counts the bounced maps that lie outside the pool that is replayed. */
import { slotsAt } from '../slots.js'
import type { Elsewhere } from '../trace.js'

interface Counts {
  maps: number
  slots: number
  now: number
  most: number
  lowest: number
  highest: number
}

/** Live ones that are remembered, to know how many there were at one time. */
const MAX_LIVE = 2 ** 18

export class ElsewhereTally {
  readonly #names: readonly string[]
  readonly #counts = new Map<number, Counts>()
  readonly #live = new Map<number, { readonly device: number; readonly slots: number }>()
  /** Devices that have maps in the pool as well. */
  readonly #here = new Set<number>()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  noteHere(device: number): void {
    this.#here.add(device)
  }

  begin(id: number, device: number, bus: number, size: number): void {
    const counts = this.#counts.get(device) ?? {
      ...{ maps: 0, slots: 0, now: 0, most: 0, lowest: Number.POSITIVE_INFINITY, highest: 0 },
    }
    this.#counts.set(device, counts)
    const slots = slotsAt(bus, size)
    counts.maps++
    counts.slots += slots
    counts.now += slots
    counts.most = Math.max(counts.most, counts.now)
    counts.lowest = Math.min(counts.lowest, bus)
    counts.highest = Math.max(counts.highest, bus + size - 1)
    if (this.#live.size < MAX_LIVE) this.#live.set(id, { device, slots })
  }

  end(id: number): void {
    const live = this.#live.get(id)
    const counts = live && this.#counts.get(live.device)
    if (!counts) return
    counts.now -= live.slots
    this.#live.delete(id)
  }

  /** By device, in the order in which they were first seen. */
  finish(): Elsewhere[] {
    return [...this.#counts].map(([device, { maps, slots, most, lowest, highest }]) => ({
      device: this.#names[device] ?? '',
      maps,
      slots,
      mostSlots: most,
      from: BigInt(lowest),
      to: BigInt(highest),
      mayBe: this.#here.has(device)
        ? 'a grown or transient pool (SWIOTLB_DYNAMIC), or addresses of an IOMMU'
        : 'a restricted pool of the device, a grown or transient pool (SWIOTLB_DYNAMIC), or addresses of an IOMMU',
    }))
  }
}
