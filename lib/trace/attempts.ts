/** What `swiotlb_bounced` alone tells: attempts to get a bounce buffer, by device. */
import { InputError } from '../data/errors.js'

/** Said where a trace has no bounced mapping. */
export const WHY_NOT_BOUNCED =
  'nothing bounces where neither swiotlb=force nor a confidential VM asks for it and the devices reach ' +
  'all memory, where a device does not use the DMA API, and under virtio without iommu_platform=on'

/** The attempts of one device. */
export interface Attempts {
  readonly device: string
  readonly count: number
  /** Of all of them together. */
  readonly bytes: number
  /** How often each size came, in bytes, from the least on; of very many sizes some are rounded up. */
  readonly sizes: readonly (readonly [bytes: number, count: number])[]
  /** Bits of addresses that the device reaches; null where the event does not show its mask. */
  readonly maskBits: number | null
  /** Attempts that were forced (swiotlb=force, or a confidential VM). */
  readonly forced: number
  /** The highest address of the memory that was to be bounced. */
  readonly highest: number
  /** Of the first and the last; NaN where the trace shows no times. */
  readonly firstNs: number
  readonly lastNs: number
}

/** What the event shows. The mask is NaN where it is not shown. */
export interface Attempt {
  readonly device: string
  readonly orig: number
  readonly size: number
  readonly maskBits: number
  readonly forced: boolean
  readonly ns: number
}

/** Sizes of a device that are told apart; further ones are counted as the next power of two. */
const MAX_SIZES = 4096

/** Counts sizes in little room. */
export class SizeCounts {
  readonly #counts = new Map<number, number>()

  add(bytes: number, count = 1): void {
    const known = this.#counts.size < MAX_SIZES || this.#counts.has(bytes)
    const key = known ? bytes : 2 ** Math.ceil(Math.log2(bytes))
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
  }

  /** From the least on. */
  list(): [bytes: number, count: number][] {
    return [...this.#counts].sort(([a], [b]) => a - b)
  }
}

interface Tally {
  count: number
  bytes: number
  readonly sizes: SizeCounts
  maskBits: number
  forced: number
  highest: number
  readonly firstNs: number
  lastNs: number
}

export class AttemptCounts {
  readonly #tallies = new Map<string, Tally>()

  note({ device, orig, size, maskBits, forced, ns }: Attempt): void {
    let tally = this.#tallies.get(device)
    if (!tally) {
      const sizes = new SizeCounts()
      tally = {
        count: 0,
        bytes: 0,
        sizes,
        maskBits,
        forced: 0,
        highest: 0,
        firstNs: ns,
        lastNs: ns,
      }
      this.#tallies.set(device, tally)
    }
    tally.count++
    tally.bytes += size
    tally.sizes.add(size)
    if (!Number.isNaN(maskBits)) tally.maskBits = maskBits
    if (forced) tally.forced++
    tally.highest = Math.max(tally.highest, orig + Math.max(size, 1) - 1)
    tally.lastNs = ns
  }

  /** By device, in the order in which they were first seen. */
  finish(): Attempts[] {
    return [...this.#tallies].map(([device, { sizes, maskBits, ...rest }]) => ({
      device,
      ...rest,
      sizes: sizes.list(),
      maskBits: Number.isNaN(maskBits) ? null : maskBits,
    }))
  }
}

/**
 * To be called by whoever needs to know what was in use at one time.
 *
 * @throws InputError for a trace that has attempts alone
 */
export function refuseAttempts(trace: {
  readonly file: string
  readonly layout: string
  readonly attempts?: readonly Attempts[]
}): void {
  if (trace.layout !== 'attempts') return
  const parts = (trace.attempts ?? []).map(({ device, count, sizes }) => {
    const [least = 0] = sizes[0] ?? []
    const [most = 0] = sizes.at(-1) ?? []
    return `${count} of ${device}, ${least === most ? least : `${least} to ${most}`} bytes each`
  })
  throw new InputError(
    `${trace.file}: only swiotlb_bounced is in it, which are attempts (${parts.join('; ')}): nothing ` +
      'can be said of how many were in use at one time, nor whether they were served; expected dma:* ' +
      'events beside it, as the capture script records them. What attempts tell is shown by devices',
  )
}
