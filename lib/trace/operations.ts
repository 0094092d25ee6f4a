/**
 * The packed operations that go to the native engine: 64 bytes each, little endian.
 *
 *     0 u32 kind   4 u32 cpu   8 u64 id   16 u64 orig   24 u64 size
 *     32 u64 alloc_align_mask   40 u64 min_align_mask   48 u64 seg_boundary_mask   56 u64 expect
 */

/** Bytes of one packed operation. */
export const OPERATION_BYTES = 64
/** Bytes of one slot. */
export const SLOT_BYTES = 2048

/**
 * What one operation does. `place` occupies exact slots: a mapping that was live before the trace.
 * `settle` runs what a growing pool put off; `alloc` and `free` are those of a restricted pool.
 */
export const OperationKind = {
  map: 0,
  unmap: 1,
  reset: 2,
  setIndex: 3,
  place: 4,
  settle: 5,
  alloc: 6,
  free: 7,
} as const

/** An address or a mask: a bigint, or a number where it is a safe integer. */
export type Address = number | bigint

/** One mapping request. Sizes are bytes; masks as in the kernel; `bm` 0 means no boundary. */
export interface MapRequest {
  readonly cpu: number
  /** Unique among live ids. */
  readonly id: number
  readonly orig: Address
  readonly size: number
  readonly am?: Address
  readonly mam?: Address
  readonly bm?: Address
  /** The first slot (pad slots included) that the kernel took, plus 1; 0 or absent: unknown. */
  readonly expect?: number
}

/** Whole pages of a restricted pool, without an original address. Size in bytes. */
export type AllocRequest = Omit<MapRequest, 'orig' | 'am' | 'expect'>

/** A mapping that was live before the trace: `expect` (first slot + 1) is required. */
export type PlaceRequest = MapRequest & { readonly expect: number }

/**
 * Slots that a map takes, padding in front and behind included:
 * offset = orig & min_align_mask & (alloc_align_mask | 2047), size + offset rounded up to
 * alloc_align_mask + 1, in slots of 2048 bytes. Addresses and masks must be safe integers.
 */
export function slotsOfMap(orig: number, size: number, am = 0, mam = 0): number {
  let bytes = size + offsetOfMap(orig, am, mam)
  if (am > 0) bytes = Math.ceil(bytes / (am + 1)) * (am + 1)
  return Math.ceil(bytes / SLOT_BYTES)
}

/** Bytes that a map puts in front, pad slots included: 32 bits of its original address. */
export function offsetOfMap(orig: number, am: number, mam: number): number {
  return (orig & mam & (am | (SLOT_BYTES - 1))) >>> 0
}

/** A sequence of packed operations, read only. */
export class Operations {
  /** Number of operations. */
  readonly length: number
  /** Exactly `length * 64` bytes. */
  readonly buffer: ArrayBuffer
  readonly #view: DataView

  constructor(buffer: ArrayBuffer) {
    if (buffer.byteLength % OPERATION_BYTES !== 0) {
      throw new RangeError(`operations are ${OPERATION_BYTES} bytes each, not ${buffer.byteLength}`)
    }
    this.buffer = buffer
    this.length = buffer.byteLength / OPERATION_BYTES
    this.#view = new DataView(buffer)
  }

  /** One of `OperationKind`. */
  kind(i: number): number {
    return this.#view.getUint32(i * OPERATION_BYTES, true)
  }

  /** The CPU; of `setIndex` the area. */
  cpu(i: number): number {
    return this.#view.getUint32(i * OPERATION_BYTES + 4, true)
  }

  id(i: number): number {
    return this.#number(i, 8)
  }

  orig(i: number): bigint {
    return this.#view.getBigUint64(i * OPERATION_BYTES + 16, true)
  }

  /** Bytes; of `setIndex` the slot index within the area. */
  size(i: number): number {
    return this.#number(i, 24)
  }

  /** alloc_align_mask */
  am(i: number): bigint {
    return this.#view.getBigUint64(i * OPERATION_BYTES + 32, true)
  }

  /** min_align_mask */
  mam(i: number): bigint {
    return this.#view.getBigUint64(i * OPERATION_BYTES + 40, true)
  }

  /** seg_boundary_mask; 0: none */
  bm(i: number): bigint {
    return this.#view.getBigUint64(i * OPERATION_BYTES + 48, true)
  }

  /** First slot + 1; 0: unknown. */
  expect(i: number): number {
    return this.#number(i, 56)
  }

  /** Slots that a map or place takes, padding included; 0 for the other kinds. */
  slots(i: number): number {
    const kind = this.kind(i)
    if (kind !== OperationKind.map && kind !== OperationKind.place) return 0
    const low = (field: number) => this.#view.getUint32(i * OPERATION_BYTES + field, true)
    return slotsOfMap(low(16), this.size(i), low(32), low(40))
  }

  #number(i: number, field: number): number {
    const at = i * OPERATION_BYTES + field
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32
  }
}

/** Collects operations into one growing buffer. */
export class OperationsBuilder {
  #buffer = new ArrayBuffer(OPERATION_BYTES * 1024)
  #view = new DataView(this.#buffer)
  #length = 0

  /** Operations added so far. */
  get length(): number {
    return this.#length
  }

  map(request: MapRequest): void {
    this.#mapping(OperationKind.map, request)
  }

  place(request: PlaceRequest): void {
    if (!(request.expect > 0)) throw new RangeError('place: expect must be the first slot + 1')
    this.#mapping(OperationKind.place, request)
  }

  unmap(request: { readonly cpu: number; readonly id: number }): void {
    this.#end(OperationKind.unmap, request)
  }

  alloc(request: AllocRequest): void {
    this.#mapping(OperationKind.alloc, { ...request, orig: 0 })
  }

  free(request: { readonly cpu: number; readonly id: number }): void {
    this.#end(OperationKind.free, request)
  }

  /** Runs what was put off. Where one operation does, it is put off until such an operation. */
  settle(): void {
    this.#open(OperationKind.settle, 0)
  }

  /** Resets the high-water mark. */
  reset(): void {
    this.#open(OperationKind.reset, 0)
  }

  /** Sets where the next search of `area` starts: a slot index within the area. */
  setIndex(area: number, index: number): void {
    const at = this.#open(OperationKind.setIndex, area)
    this.#set(at + 24, index, 'index')
  }

  build(): Operations {
    return new Operations(this.#buffer.slice(0, this.#length * OPERATION_BYTES))
  }

  #end(kind: number, request: { readonly cpu: number; readonly id: number }): void {
    const at = this.#open(kind, request.cpu)
    this.#set(at + 8, request.id, 'id')
  }

  #mapping(kind: number, request: MapRequest): void {
    if (!(request.size > 0)) throw new RangeError(`size must be positive, not ${request.size}`)
    const at = this.#open(kind, request.cpu)
    this.#set(at + 8, request.id, 'id')
    this.#set(at + 16, request.orig, 'orig')
    this.#set(at + 24, request.size, 'size')
    this.#set(at + 32, request.am ?? 0, 'am')
    this.#set(at + 40, request.mam ?? 0, 'mam')
    this.#set(at + 48, request.bm ?? 0, 'bm')
    this.#set(at + 56, request.expect ?? 0, 'expect')
  }

  #open(kind: number, cpu: number): number {
    if (cpu >>> 0 !== cpu) throw new RangeError(`cpu must be an integer from 0, not ${cpu}`)
    const at = this.#length * OPERATION_BYTES
    if (at === this.#buffer.byteLength) {
      const larger = new ArrayBuffer(at * 2)
      new Uint8Array(larger).set(new Uint8Array(this.#buffer))
      this.#buffer = larger
      this.#view = new DataView(larger)
    }
    this.#view.setUint32(at, kind, true)
    this.#view.setUint32(at + 4, cpu, true)
    this.#length++
    return at
  }

  #set(at: number, value: Address, name: string): void {
    if (typeof value === 'bigint') {
      if (value < 0n || value >= 1n << 64n) throw new RangeError(`${name} must fit in 64 bits`)
      this.#view.setBigUint64(at, value, true)
      return
    }
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${name} must be an integer from 0, not ${value}`)
    }
    this.#view.setUint32(at, value % 2 ** 32, true)
    this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
  }
}
