// The same for a swiotlb that grows (§3 dynamic, §10): several pools, and transient pools for the
// requests that no pool could serve.

import { Counters } from './model.js'
import { ReferencePool } from './pool.js'
import {
  areaOf,
  type Full,
  type MapRequest,
  MIN_POOL_SLOTS,
  type Placed,
  type PoolShape,
  SEGMENT_BYTES,
  SEGMENT_SLOTS,
  SLOT_BYTES,
  type Wanted,
  wantedOf,
} from './rules.js'

/** Largest growth pool: 4 MiB, the largest block that the page allocator hands out. */
const MAX_GROWTH_SLOTS = 2048

/** Gives the page-aligned bus address of new memory, or null when there is none. */
type AllocatePages = (bytes: number, purpose: 'growth' | 'transient') => bigint | null

export interface GrowthOptions {
  readonly allocate: AllocatePages
  /** false: the pool was made with a remap callback and never grows */
  readonly canGrow?: boolean
}

/** §10: the sizes that one run of the growth work tries, largest first. */
export function growthSizes(initial: {
  nslabs: number
  nareas: number
}): { nslabs: number; nareas: number }[] {
  const sizes: { nslabs: number; nareas: number }[] = []
  let nslabs = Math.min(initial.nslabs, MAX_GROWTH_SLOTS)
  do {
    sizes.push({ nslabs, nareas: Math.min(initial.nareas, nslabs / SEGMENT_SLOTS) })
    nslabs /= 2
  } while (nslabs >= MIN_POOL_SLOTS)
  return sizes
}

export class ReferenceGrowingSwiotlb {
  readonly #initial: PoolShape
  readonly #options: GrowthOptions
  readonly #counters = new Counters()
  /** newest first, as map walks them */
  readonly #pools: ReferencePool[]
  /** by start address; each is released as a whole at its unmap */
  readonly #transient = new Map<bigint, ReferencePool>()
  #growthPending = false
  #transientNslabs = 0

  constructor(initial: PoolShape, options: GrowthOptions) {
    this.#initial = initial
    this.#options = options
    this.#pools = [ReferencePool.checked(initial, 0)]
  }

  /** Transient slots are counted too. */
  get used(): number {
    return this.#counters.used
  }

  get hiwater(): number {
    return this.#counters.hiwater
  }

  /** Slots of all pools that stay. */
  get nslabs(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.shape.nslabs, 0)
  }

  get transientNslabs(): number {
    return this.#transientNslabs
  }

  /** A search has failed since the growth work last ran. */
  get growthPending(): boolean {
    return this.#growthPending
  }

  /** Shapes of the pools that stay, oldest first. */
  get pools(): PoolShape[] {
    return this.#pools.map((pool) => pool.shape).reverse()
  }

  resetHiwater(): void {
    this.#counters.reset()
  }

  map(request: MapRequest): Placed | Full {
    const wanted = wantedOf(request)
    const placed = this.#find(request.cpu, wanted)
    if (placed === null) {
      return { ok: false, size: wanted.size, total: this.nslabs, used: this.used }
    }
    this.#counters.add(placed.nslots)
    return placed
  }

  #find(cpu: number, wanted: Wanted): Placed | null {
    // Too long for every pool there can be: nothing is searched and nothing grows.
    if (wanted.size > SEGMENT_BYTES) return null
    return this.#findInPools(cpu, wanted) ?? this.#findByGrowth(wanted)
  }

  /** All pools at the k-th area of this CPU before any pool at the next. */
  #findInPools(cpu: number, wanted: Wanted): Placed | null {
    for (let k = 0; k < this.#initial.nareas; k++) {
      for (const pool of this.#pools) {
        const { nareas } = pool.shape
        const placed = k < nareas ? pool.map(areaOf(cpu, k, nareas), wanted) : null
        if (placed !== null) return placed
      }
    }
    return null
  }

  /** Asks for growth, which comes too late for this request, and makes it a pool of its own. */
  #findByGrowth(wanted: Wanted): Placed | null {
    if (this.#options.canGrow === false) return null
    this.#growthPending = true
    const start = this.#options.allocate(wanted.nslots * SLOT_BYTES, 'transient')
    if (start === null) return null
    const pool = new ReferencePool({ nslabs: wanted.nslots, nareas: 1, start }, -1)
    const placed = pool.map(0, wanted)
    if (placed === null) return null
    this.#transient.set(start, pool)
    this.#transientNslabs += wanted.nslots
    return placed
  }

  /** Runs the growth work if it was asked for; the shape of the new pool, or null. */
  runGrowthWork(): PoolShape | null {
    if (!this.#growthPending) return null
    this.#growthPending = false
    for (const size of growthSizes(this.#initial)) {
      const start = this.#options.allocate(size.nslabs * SLOT_BYTES, 'growth')
      if (start !== null) {
        const shape = { ...size, start }
        this.#pools.unshift(ReferencePool.checked(shape, this.#pools.length))
        return shape
      }
    }
    return null
  }

  /** Slots given back: to their area, or with the whole transient pool. */
  unmap(address: bigint, mam = 0): number {
    const pool =
      this.#pools.find((candidate) => candidate.contains(address)) ??
      [...this.#transient.values()].find((candidate) => candidate.contains(address))
    if (pool === undefined) throw new Error(`0x${address.toString(16)} is in no pool`)
    const nslots = pool.unmap(address, mam)
    if (this.#transient.delete(pool.shape.start)) this.#transientNslabs -= pool.shape.nslabs
    this.#counters.used -= nslots
    return nslots
  }
}
