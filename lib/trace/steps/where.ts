/** Which addresses are the pool's. */
import { SLOT_BYTES } from '../../data/units.js'
import { RecentMap } from '../recent.js'
import type { PoolFacts } from '../trace.js'

/** Bus addresses of a pool: from <= address < to. */
export interface PoolRange {
  readonly from: number
  readonly to: number
}

/** What was said of the pool, if it was all said. */
export function knownRange({ start, nslabs }: PoolFacts): PoolRange | undefined {
  if (start === undefined || nslabs === undefined) return undefined
  return { from: Number(start), to: Number(start) + nslabs * SLOT_BYTES }
}

export function inRange({ from, to }: PoolRange, address: number): boolean {
  return address >= from && address < to
}

/** Addresses are counted in pages of this size, to find where most of them lie. */
const PAGE_BYTES = 2 ** 16

/** Notes a bounced map. */
export function noteDensity(density: Map<number, number>, bus: number): void {
  const page = Math.floor(bus / PAGE_BYTES)
  density.set(page, (density.get(page) ?? 0) + 1)
}

/**
 * Where a pool of which start or size is unknown is taken to lie: all bounced maps, or as many as
 * a pool of `bytes` can hold, where most are.
 */
export function densestRange(
  density: ReadonlyMap<number, number>,
  known: {
    readonly from: number | undefined
    readonly lowest: number
    readonly highest: number
    readonly bytes: number | undefined
  },
): PoolRange {
  const { from = known.lowest, bytes } = known
  const all = { from, to: known.highest }
  if (known.from !== undefined || bytes === undefined || all.to - all.from <= bytes) return all
  const pages = [...density].sort(([a], [b]) => a - b)
  let best = { maps: 0, from: 0 }
  let maps = 0
  let first = 0
  for (const [page, count] of pages) {
    maps += count
    for (; (page - (pages[first] as [number, number])[0]) * PAGE_BYTES >= bytes; first++) {
      maps -= (pages[first] as [number, number])[1]
    }
    if (maps > best.maps) best = { maps, from: (pages[first] as [number, number])[0] * PAGE_BYTES }
  }
  return { from: best.from, to: best.from + bytes }
}

/** Maps that are remembered; more are not live at a time. */
const MAX_OTHERS = 2 ** 18

/** Live maps that are nobody's here, so that their unmaps are known as theirs. */
export class OtherMaps {
  readonly #live = new RecentMap<string, number>(MAX_OTHERS)

  begin(device: string, bus: number): void {
    const key = `${device} ${bus}`
    this.#live.set(key, (this.#live.get(key) ?? 0) + 1)
  }

  /** Whether one of them lay there, which has ended. */
  end(device: string, bus: number): boolean {
    const key = `${device} ${bus}`
    const count = this.#live.get(key)
    if (count === undefined) return false
    if (count === 1) this.#live.delete(key)
    else this.#live.set(key, count - 1)
    return true
  }
}
