/** What one device did with the pool, kept in little room. */
import type { DeviceUse, HoldSpread, SizeSpread } from '../results/devices.js'
import { type Attempts, SizeCounts } from '../trace/index.js'

/** Parts of a doubling that hold times are told apart by: a part is 9 per cent. */
const PARTS = 8

/** Of counted sizes, from the least on; null where there are none. */
export function spreadOf(sizes: Attempts['sizes']): SizeSpread | null {
  const [first] = sizes
  const last = sizes.at(-1)
  if (!first || !last) return null
  let behind = sizes.reduce((sum, [, count]) => sum + count, 0) / 2
  const median = sizes.find(([, count]) => {
    behind -= count
    return behind <= 0
  })
  return { least: first[0], median: (median ?? last)[0], most: last[0] }
}

/** How long mappings were held. */
class Holds {
  readonly #counts = new Map<number, number>()
  #count = 0
  #longest = 0

  add(ns: number): void {
    const part = Math.ceil(Math.log2(Math.max(ns, 1)) * PARTS)
    this.#counts.set(part, (this.#counts.get(part) ?? 0) + 1)
    this.#count++
    this.#longest = Math.max(this.#longest, ns)
  }

  spread(): HoldSpread | null {
    if (this.#count === 0) return null
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    const at = (share: number): number => {
      let behind = this.#count * share
      for (const [part, count] of sorted) {
        behind -= count
        if (behind <= 0) return Math.min(2 ** (part / PARTS), this.#longest) / 1000
      }
      return this.#longest / 1000
    }
    return { median: at(0.5), p99: at(0.99), longest: this.#longest / 1000 }
  }
}

/** A mapping that is live. `ns` is NaN where nobody knows when it began. */
export interface LiveMap {
  readonly of: DeviceTally
  readonly slots: number
  readonly ns: number
}

export class DeviceTally {
  readonly #device: string
  readonly #sizes = new SizeCounts()
  readonly #holds = new Holds()
  readonly #quarters: number[]
  #maps = 0
  #mapsBefore = 0
  #unmaps = 0
  #failedMaps = 0
  #liveMaps = 0
  #liveSlots = 0
  #peakMaps = 0
  #peakSlots = 0
  #slotsAtPoolPeak = 0

  /** @param quarters of the trace that had passed before it did anything */
  constructor(device: string, quarters: number) {
    this.#device = device
    this.#quarters = Array.from({ length: quarters }, () => 0)
  }

  get liveSlots(): number {
    return this.#liveSlots
  }

  map(slots: number, bytes: number, ns: number, before: boolean): LiveMap {
    this.#maps++
    if (before) this.#mapsBefore++
    this.#sizes.add(bytes)
    this.#liveMaps++
    this.#liveSlots += slots
    this.#peakMaps = Math.max(this.#peakMaps, this.#liveMaps)
    this.#peakSlots = Math.max(this.#peakSlots, this.#liveSlots)
    return { of: this, slots, ns }
  }

  unmap({ slots, ns: begun }: LiveMap, ns: number): void {
    this.#unmaps++
    this.#liveMaps--
    this.#liveSlots -= slots
    if (ns >= begun) this.#holds.add(ns - begun)
  }

  fail(bytes: number): void {
    this.#failedMaps++
    this.#sizes.add(bytes)
  }

  /** The whole pool was never as full as now. */
  notePoolPeak(): void {
    this.#slotsAtPoolPeak = this.#liveSlots
  }

  endQuarter(): void {
    this.#quarters.push(this.#liveSlots)
  }

  /** @param oldestNs since when its oldest live mapping is held; NaN where nobody knows */
  finish(seconds: number | null, endNs: number, oldestNs: number): DeviceUse {
    const [a = 0, b = 0, c = 0, d = this.#liveSlots] = this.#quarters
    const oldest = (endNs - oldestNs) / 1e9
    return {
      device: this.#device,
      maps: this.#maps,
      mapsBefore: this.#mapsBefore,
      unmaps: this.#unmaps,
      failedMaps: this.#failedMaps,
      liveMaps: this.#liveMaps,
      liveSlots: this.#liveSlots,
      peakMaps: this.#peakMaps,
      peakSlots: this.#peakSlots,
      slotsAtPoolPeak: this.#slotsAtPoolPeak,
      slotsByQuarter: [a, b, c, d],
      mapsPerSecond:
        seconds === null || seconds === 0 ? null : (this.#maps - this.#mapsBefore) / seconds,
      bytes: spreadOf(this.#sizes.list()),
      holdUs: this.#holds.spread(),
      oldestLiveS: Number.isNaN(oldest) ? null : oldest,
    }
  }
}
