/** Where the pool lies, as far as standard events tell: where maps were bounced to. */
import { SLOT_BYTES } from '../../data/units.js'
import { RecentMap } from '../recent.js'
import { inRange, knownRange, type PoolRange } from '../steps/where.js'
import type { PoolFacts } from '../trace.js'

export class PoolPlace {
  /** What was said of the pool, if it was all said. */
  readonly known: PoolRange | undefined
  readonly #said: PoolFacts
  /** Addresses of bounced maps, by pages of the density map. */
  readonly #density = new Map<number, number>()
  #lowest = Number.POSITIVE_INFINITY
  #highest = 0
  /** Where those lie that were not bounced, and whose address is their memory's own. */
  #direct = { lowest: Number.POSITIVE_INFINITY, highest: 0 }

  constructor(said: PoolFacts) {
    this.#said = said
    this.known = knownRange(said)
  }

  /** Whether it is known that an address is the pool's. */
  has(bus: number): boolean {
    return this.known !== undefined && inRange(this.known, bus)
  }

  /** Notes a bounced map. */
  noteBounced(bus: number, size: number): void {
    this.#lowest = Math.min(this.#lowest, bus)
    this.#highest = Math.max(this.#highest, bus + size)
    if (!this.known) noteDensity(this.#density, bus)
  }

  /** Notes a map that was not bounced, at its memory's own address. */
  noteDirect(bus: number): void {
    this.#direct.lowest = Math.min(this.#direct.lowest, bus)
    this.#direct.highest = Math.max(this.#direct.highest, bus)
  }

  /** Where the pool is taken to lie, where that was not said; adds what to know of it to `warnings`. */
  find(warnings: string[]): PoolRange {
    const { start, nslabs } = this.#said
    const range = densestRange(this.#density, {
      from: start === undefined ? undefined : Number(start),
      lowest: this.#lowest,
      highest: this.#highest,
      bytes: nslabs === undefined ? undefined : nslabs * SLOT_BYTES,
    })
    warnings.push(
      'start or slots of the pool are unknown: it is taken to lie where maps were bounced to',
    )
    const { lowest, highest } = this.#direct
    if (lowest < range.to && highest >= range.from && nslabs === undefined) {
      warnings.push(
        'the bounced maps may lie in several pools: maps that were not bounced lie between them; ' +
          'start and slots of the pool (--pool-start, --slots) tell them apart',
      )
    }
    return range
  }
}

/** Addresses are counted in pages of this size, to find where most of them lie. */
const PAGE_BYTES = 2 ** 16

/** Notes a bounced map. */
function noteDensity(density: Map<number, number>, bus: number): void {
  const page = Math.floor(bus / PAGE_BYTES)
  density.set(page, (density.get(page) ?? 0) + 1)
}

/**
 * Where a pool of which start or size is unknown is taken to lie: all bounced maps, or as many as
 * a pool of `bytes` can hold, where most are.
 */
function densestRange(
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
