// The rules of swiotlb that need no state: how a boot parameter becomes a pool, how a request
// becomes a number of slots, which slots a search may take. Section numbers (§) are those of the
// behaviour description that the port is written from.
//
// Masks and sizes are numbers (they fit in 32 bits or are small), addresses and segment boundary
// masks are bigint.

/** Bytes in one slot. */
export const SLOT_BYTES = 2048
/** Slots in one segment. No free run crosses a segment, so no mapping is longer. */
export const SEGMENT_SLOTS = 128
/** Bytes of the longest mapping, offset included. */
export const SEGMENT_BYTES = SLOT_BYTES * SEGMENT_SLOTS
/** Smallest pool that a failing allocation is halved down to, in slots. */
export const MIN_POOL_SLOTS = 512
/** Slots of the pool when the boot parameter gives none. */
const DEFAULT_POOL_SLOTS = 32768

const PAGE_BYTES = 4096
/** The bits of an address that say where it lies in its slot. */
const SLOT_MASK = SLOT_BYTES - 1
const PAGE_MASK = PAGE_BYTES - 1
const MAX_MASK_32 = 0xffff_ffff

export interface PoolShape {
  /** slots */
  readonly nslabs: number
  readonly nareas: number
  /** bus address of the first slot, page aligned */
  readonly start: bigint
  /** a restricted pool has one area and any number of slots (§1) */
  readonly restricted?: boolean
}

/** What a driver asks for. Sizes in bytes; a mask that is left out is 0. */
export interface MapRequest {
  readonly cpu: number
  readonly orig: bigint
  readonly size: number
  /** alloc_align_mask */
  readonly am?: number
  /** min_align_mask of the device */
  readonly mam?: number
  /** segment boundary mask; 0 or absent = no boundary */
  readonly bm?: bigint
}

/** A request after §2: what the search looks for. */
export interface Wanted {
  readonly orig: bigint
  /** bytes from the first taken slot on, padding included */
  readonly size: number
  readonly nslots: number
  /** bytes between the first taken slot and the mapping; can be more than a slot */
  readonly offset: number
  readonly am: number
  readonly mam: number
  readonly bm: bigint
}

export interface Placed {
  readonly ok: true
  /** first taken slot, pad slots included, counted from the start of its pool */
  readonly slot: number
  readonly nslots: number
  /** bytes, inside the first slot behind the pad slots */
  readonly offset: number
  /** slots taken in front of the mapping */
  readonly pad: number
  /** 0 = default pool, n = n-th grown pool, -1 = transient */
  readonly pool: number
  readonly address: bigint
}

/** The figures of the "buffer is full" line (§8). */
export interface Full {
  readonly ok: false
  /** bytes, padding included */
  readonly size: number
  /** slots of all pools that stay */
  readonly total: number
  /** slots in use */
  readonly used: number
}

/** One item of an array that must have it. */
export function at<T>(items: { readonly [index: number]: T }, index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`index ${index} is outside the array`)
  return item
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}

function powerOfTwoFrom(value: number): number {
  let power = 1
  while (power < value) power *= 2
  return power
}

function isPowerOfTwo(value: number): boolean {
  return value >= 1 && powerOfTwoFrom(value) === value
}

/** §1: the pool that `swiotlb=<slots>,<areas>` gives. Without areas there is one per CPU. */
export function bootPool(
  slots: number | undefined,
  areas: number | undefined,
  possibleCpus: number,
): { nslabs: number; nareas: number } {
  const nareas = powerOfTwoFrom(Math.max(1, areas ?? possibleCpus))
  const wanted = roundUp(slots ?? DEFAULT_POOL_SLOTS, SEGMENT_SLOTS)
  return { nslabs: powerOfTwoFrom(Math.max(wanted, SEGMENT_SLOTS * nareas)), nareas }
}

/** §1: what is tried after the boot allocation failed; null when nothing smaller is tried. */
export function halveBootPool(pool: {
  nslabs: number
  nareas: number
}): { nslabs: number; nareas: number } | null {
  if (pool.nslabs <= MIN_POOL_SLOTS) return null
  const nslabs = roundUp(Math.floor(pool.nslabs / 2), SEGMENT_SLOTS)
  return { nslabs, nareas: Math.min(pool.nareas, nslabs / SEGMENT_SLOTS) }
}

/** Throws RangeError when no kernel would make such a pool. */
export function checkPool({ nslabs, nareas, start, restricted }: PoolShape): void {
  if (start < 0n || start % BigInt(PAGE_BYTES) !== 0n) {
    throw new RangeError(`start 0x${start.toString(16)} is not page aligned`)
  }
  if (!Number.isInteger(nslabs) || nslabs < 1) throw new RangeError(`nslabs ${nslabs}`)
  if (restricted) {
    if (nareas !== 1) throw new RangeError(`a restricted pool has 1 area, not ${nareas}`)
  } else if (!isPowerOfTwo(nareas) || nslabs % (nareas * SEGMENT_SLOTS) !== 0) {
    throw new RangeError(`${nslabs} slots do not make ${nareas} areas of whole segments`)
  }
}

function checkMask(name: string, mask: number): void {
  if (!Number.isInteger(mask) || mask < 0 || mask > MAX_MASK_32) {
    throw new RangeError(`${name} ${mask} is not a 32-bit mask`)
  }
}

/** The low 32 bits of an address: all that alignment masks can see. */
export function low32(address: bigint): number {
  return Number(BigInt.asUintN(32, address))
}

/** §2: padding in front and behind counts as used. */
export function wantedOf({ orig, size, am = 0, mam = 0, bm = 0n }: MapRequest): Wanted {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`size ${size}`)
  checkMask('am', am)
  checkMask('mam', mam)
  if (!isPowerOfTwo(am + 1)) throw new RangeError(`am 0x${am.toString(16)} is not 2^n - 1`)
  const offset = (low32(orig) & mam & (am | SLOT_MASK)) >>> 0
  const padded = roundUp(size + offset, am + 1)
  const nslots = Math.ceil(padded / SLOT_BYTES)
  return { orig, size: padded, nslots, offset, am, mam, bm: boundaryMask(bm) }
}

/** §11: swiotlb_alloc asks for whole pages' alignment, but its size is not rounded up. */
export function wantedByAlloc(size: number, mam: number): Wanted {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`size ${size}`)
  checkMask('mam', mam)
  const am = powerOfTwoFrom(Math.max(size, PAGE_BYTES)) - 1
  const nslots = Math.ceil(size / SLOT_BYTES)
  return { orig: 0n, size, nslots, offset: 0, am, mam, bm: boundaryMask(0n) }
}

/** §4: 0 or absent means all ones; a boundary is a power of two of slots (a BUG otherwise). */
function boundaryMask(bm: bigint): bigint {
  if (bm === 0n) return 0xffff_ffff_ffff_ffffn
  if (bm < BigInt(SLOT_MASK) || (bm & (bm + 1n)) !== 0n) {
    throw new RangeError(`bm 0x${bm.toString(16)} is not 2^n - 1 of at least one slot`)
  }
  return bm
}

/** §4: what a slot address must satisfy, and how far the search jumps after a candidate. */
export function searchMasks(wanted: Wanted): { align: number; match: number; stride: number } {
  const keepPage = wanted.am === 0 && wanted.mam === 0 && wanted.size >= PAGE_BYTES
  const align = ((keepPage ? PAGE_MASK : wanted.am) | SLOT_MASK) >>> 0
  const match = (wanted.mam & ~align) >>> 0
  return { align, match, stride: (Math.max(align, match) >>> 11) + 1 }
}

/** §3: the area that a CPU tries as its k-th, from 0; the number of areas is a power of two. */
export function areaOf(cpu: number, k: number, nareas: number): number {
  return (cpu + k) % nareas
}

/** §8: what the driver core is told; not enforced by map. */
export function maxMappingSize(mam: number): number {
  return SEGMENT_BYTES - roundUp(mam, SLOT_BYTES)
}
