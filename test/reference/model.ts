// A slow and obvious swiotlb with one pool that never grows: the other side of the differential
// test. It shares no line and no data structure with the port.

import { type Copy, copyOf } from './bounce.js'
import { ReferencePool } from './pool.js'
import {
  areaOf,
  type Full,
  type MapRequest,
  type Placed,
  type PoolShape,
  type Wanted,
  wantedByAlloc,
  wantedOf,
} from './rules.js'

/** The kernel's global counters (§9), in slots. */
export class Counters {
  used = 0
  hiwater = 0

  add(nslots: number): void {
    this.used += nslots
    this.hiwater = Math.max(this.hiwater, this.used)
  }

  /** Writing 0 to the mark sets it to 0, not to the current use; the next map lifts it. */
  reset(): void {
    this.hiwater = 0
  }
}

export class ReferenceSwiotlb {
  readonly #pool: ReferencePool
  readonly #counters = new Counters()

  constructor(shape: PoolShape) {
    this.#pool = ReferencePool.checked(shape, 0)
  }

  get used(): number {
    return this.#counters.used
  }

  get hiwater(): number {
    return this.#counters.hiwater
  }

  resetHiwater(): void {
    this.#counters.reset()
  }

  map(request: MapRequest): Placed | Full {
    return this.#place(request.cpu, wantedOf(request), true)
  }

  /** §11: swiotlb_alloc on a restricted pool. */
  alloc(cpu: number, size: number, mam = 0): Placed | Full {
    if (!this.#pool.shape.restricted) throw new Error('alloc needs a restricted pool')
    return this.#place(cpu, wantedByAlloc(size, mam), false)
  }

  #place(cpu: number, wanted: Wanted, keepsOrig: boolean): Placed | Full {
    const { nareas } = this.#pool.shape
    for (let k = 0; k < nareas; k++) {
      const placed = this.#pool.map(areaOf(cpu, k, nareas), wanted, keepsOrig)
      if (placed !== null) {
        this.#counters.add(placed.nslots)
        return placed
      }
    }
    return { ok: false, size: wanted.size, total: this.#pool.shape.nslabs, used: this.used }
  }

  /** Needs the returned address and the mam of map time, from any CPU; slots given back. */
  unmap(address: bigint, mam = 0): number {
    const nslots = this.#pool.unmap(address, mam)
    this.#counters.used -= nslots
    return nslots
  }

  /** §7: what a sync of `size` bytes at a pool address copies; null for nothing. */
  sync(address: bigint, mam: number, size: number): Copy | null {
    return copyOf(this.#pool.slotState(this.#pool.slotOf(address)), address, mam, size)
  }

  freeRunCounts(): Int32Array {
    return this.#pool.freeRunCounts()
  }

  areaIndex(area: number): number {
    return this.#pool.areaIndex(area)
  }

  setAreaIndex(area: number, index: number): void {
    this.#pool.setAreaIndex(area, index)
  }

  areaUsed(area: number): number {
    return this.#pool.areaUsed(area)
  }
}
