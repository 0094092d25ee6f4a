/**
 * A seeded generator of random numbers: xorshift32 over a mixed seed. The same seed gives the same
 * numbers on every machine.
 */
export class Random {
  #state: number

  constructor(seed: number) {
    // The finalizer of a hash, so that neighbouring seeds do not give neighbouring states.
    let x = (seed ^ 0x9e37_79b9) >>> 0
    x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b) >>> 0
    x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35) >>> 0
    this.#state = (x ^ (x >>> 16)) >>> 0 || 1
  }

  /** 0 .. 2^32 - 1 */
  uint32(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state
  }

  /** 0 .. limit - 1, for limits up to 2^32 */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit)
  }

  /** low .. high, both included */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('pick from an empty list')
    return item
  }

  /** 0 .. 2^bits - 1, for up to 64 bits */
  bigint(bits: number): bigint {
    const high = BigInt(this.uint32())
    return BigInt.asUintN(bits, (high << 32n) | BigInt(this.uint32()))
  }
}
