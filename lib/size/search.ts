/** Pools of the kernel's sizes, tried with a load. */
import { SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'
import { runInPool } from '../measure/pool-run.js'
import type { PoolSize, Tried } from '../results/size.js'
import type { OperationStore } from '../trace/index.js'

/** The largest that is tried: bounce buffers lie below 4 GiB, so no larger one can be had. */
export const MAX_SLOTS = 2 ** 21
/** Steps below the answer that a search in small steps looks at one by one. */
const LINEAR_STEPS = 8

/** Whether every map found a place. */
export const serves = ({ failedMaps }: Tried): boolean => failedMaps === 0

/** The least power of two that is not below. */
export const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(n, 1)))

export const sizeOf = ({ slots, areas }: { slots: number; areas: number }): PoolSize => ({
  slots,
  areas,
  bytes: slots * SLOT_BYTES,
  parameter: `swiotlb=${slots},${areas}`,
})

/** Every pool is tried once. */
export class Pools {
  readonly #operations: OperationStore
  readonly #start: bigint
  readonly #signal: AbortSignal | undefined
  readonly #tried = new Map<string, Tried>()

  constructor(operations: OperationStore, start: bigint, signal: AbortSignal | undefined) {
    this.#operations = operations
    this.#start = start
    this.#signal = signal
  }

  async try(slots: number, areas: number): Promise<Tried> {
    const key = `${slots},${areas}`
    const known = this.#tried.get(key)
    if (known) return known
    const { slotsAtEnd: _, ...tried } = await this.#run(slots, areas, false)
    this.#tried.set(key, tried)
    return tried
  }

  /** The same pool, growing as with SWIOTLB_DYNAMIC. */
  grow(slots: number, areas: number): Promise<Tried & { readonly slotsAtEnd: number }> {
    return this.#run(slots, areas, true)
  }

  /**
   * The smallest power of two, from `least` on, in which the load is served as `is` says. All of them
   * are tried from below, so nothing is taken for granted of how fragmentation changes with the size.
   */
  async smallest(
    areas: number,
    least: number,
    is: (tried: Tried) => boolean,
  ): Promise<Tried | null> {
    const from = Math.max(powerOfTwo(least), areas * SEGMENT_SLOTS)
    for (let slots = from; slots <= MAX_SLOTS; slots *= 2) {
      const tried = await this.try(slots, areas)
      if (is(tried)) return tried
    }
    return null
  }

  /**
   * The smallest multiple of a segment in one area that serves, and behind which every one of the
   * next few serves as well. By halves first; then the steps below are looked at one by one, since a
   * smaller pool may serve by chance where a larger one does not.
   *
   * @param enough slots of a pool that serves
   */
  async smallestInOneArea(least: number, enough: number): Promise<number> {
    const ok = async (segments: number): Promise<boolean> =>
      serves(await this.try(segments * SEGMENT_SLOTS, 1))
    const bottom = Math.max(1, Math.ceil(least / SEGMENT_SLOTS))
    let low = bottom
    let high = enough / SEGMENT_SLOTS
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (await ok(middle)) high = middle
      else low = middle + 1
    }
    let found = high
    for (let k = 1; k <= LINEAR_STEPS && high - k >= bottom; k++) {
      if (await ok(high - k)) found = high - k
    }
    // Those between must serve as well: the first behind the last that fails.
    for (let segments = found + 1; segments < high; segments++) {
      if (!(await ok(segments))) found = segments + 1
    }
    return found * SEGMENT_SLOTS
  }

  async #run(
    slots: number,
    areas: number,
    grow: boolean,
  ): Promise<Tried & { readonly slotsAtEnd: number }> {
    const pool = { slots, areas, start: this.#start }
    const { accuracy, badOperation } = await runInPool(this.#operations, pool, 'off', {
      // The same places as with the kernel's index, found sooner.
      layout: { slotIndex: 'bitmap' },
      grow,
      signal: this.#signal,
    })
    if (badOperation !== null) throw new Error(`operation ${badOperation} makes no sense`)
    if (accuracy.broken !== null) {
      throw new Error(`the allocator's invariants are broken: ${accuracy.broken}`)
    }
    const { failedMaps, spills, nslabs } = accuracy
    return { slots, areas, failedMaps, spills, slotsAtEnd: nslabs }
  }
}
