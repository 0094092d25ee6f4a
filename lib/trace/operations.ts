/**
 * The packed operations that go to the native engine: 64 bytes each, little endian.
 *
 *     0 u16 kind   2 u8 dir   3 u8 flags   4 u32 cpu   8 u64 id   16 u64 orig   24 u64 size
 *     32 u64 alloc_align_mask   40 u64 min_align_mask   48 u64 seg_boundary_mask   56 u64 expect
 */
import { Spool } from './bytes/spool.js'

/** Bytes of one packed operation. */
export const OPERATION_BYTES = 64
/** Bytes of one slot. */
export const SLOT_BYTES = 2048

/**
 * What one operation does. `place` occupies exact slots: a mapping that was live before the trace.
 * `settle` runs what a growing pool put off; `alloc` and `free` are those of a restricted pool;
 * `failed` is a map that failed when it was recorded, which takes nothing.
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
  failed: 8,
} as const

/** Which way a mapping's data go, as the kernel names it; where it is unknown, only maps copy. */
export const Direction = { unknown: 0, bidirectional: 1, toDevice: 2, fromDevice: 3 } as const
export type Direction = (typeof Direction)[keyof typeof Direction]

/** Flag of an unmap: nothing is copied back (DMA_ATTR_SKIP_CPU_SYNC). */
const NO_COPY = 1
/** Operations that are looked at in one piece. */
const PIECE_OPERATIONS = 16384

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
  /** `unknown` if absent. */
  readonly dir?: Direction
}

/** The end of a mapping. */
export interface UnmapRequest {
  readonly cpu: number
  readonly id: number
  /** Whether nothing is copied back, whatever the direction. */
  readonly noCopy?: boolean
}

/** A map that failed when it was recorded. */
export type FailedRequest = Omit<MapRequest, 'id' | 'expect'>

/** Whole pages of a restricted pool, without an original address. Size in bytes. */
export type AllocRequest = Omit<MapRequest, 'orig' | 'am' | 'expect' | 'dir'>

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

/** Slots of a streaming mapping at a bus address, which has the offset in the first of them. */
export function slotsAt(bus: number, size: number): number {
  return Math.ceil(((bus % SLOT_BYTES) + size) / SLOT_BYTES)
}

/** Bytes that a map puts in front, pad slots included: 32 bits of its original address. */
export function offsetOfMap(orig: number, am: number, mam: number): number {
  return (orig & mam & (am | (SLOT_BYTES - 1))) >>> 0
}

/** Operations on their way to another process. */
export type OperationsPlace =
  | { readonly buffer: ArrayBuffer }
  | { readonly path: string; readonly length: number }

/** Operations in their order, in memory or in a file. */
export interface OperationStore {
  readonly length: number
  /** All of them, a piece at a time. */
  pieces(): Iterable<Operations>
  /** All in memory, 64 bytes each. */
  load(): Operations
  /** How the engine gets at them: a file's descriptor, or undefined where they are in memory. */
  file(): number | undefined
  /** How another process gets at them, while this one holds them. */
  place(): OperationsPlace
  /** Gives back what they take; they cannot be read any more. */
  close(): void
}

/** A sequence of packed operations in memory, read only. */
export class Operations implements OperationStore {
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

  *pieces(): Iterable<Operations> {
    const bytes = PIECE_OPERATIONS * OPERATION_BYTES
    for (let at = 0; at < this.buffer.byteLength; at += bytes) {
      yield new Operations(this.buffer.slice(at, at + bytes))
    }
  }

  load(): Operations {
    return this
  }

  file(): undefined {
    return undefined
  }

  place(): OperationsPlace {
    return { buffer: this.buffer }
  }

  close(): void {
    // Memory needs no closing.
  }

  /** One of `OperationKind`. */
  kind(i: number): number {
    return this.#view.getUint16(i * OPERATION_BYTES, true)
  }

  /** One of `Direction`. */
  dir(i: number): Direction {
    return this.#view.getUint8(i * OPERATION_BYTES + 2) as Direction
  }

  /** Of an unmap: whether nothing is copied back. */
  noCopy(i: number): boolean {
    return (this.#view.getUint8(i * OPERATION_BYTES + 3) & NO_COPY) !== 0
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

  /** Slots that a map, place or failed map takes, padding included; 0 for the other kinds. */
  slots(i: number): number {
    const kind = this.kind(i)
    const { map, place, failed } = OperationKind
    if (kind !== map && kind !== place && kind !== failed) return 0
    const low = (field: number) => this.#view.getUint32(i * OPERATION_BYTES + field, true)
    return slotsOfMap(low(16), this.size(i), low(32), low(40))
  }

  #number(i: number, field: number): number {
    const at = i * OPERATION_BYTES + field
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32
  }
}

/** Operations in a spool; they stay in memory while they are few. */
export class SpooledOperations implements OperationStore {
  readonly length: number
  readonly #spool: Spool

  constructor(spool: Spool) {
    this.length = spool.bytes / OPERATION_BYTES
    this.#spool = spool
  }

  *pieces(): Iterable<Operations> {
    const room = new Uint8Array(PIECE_OPERATIONS * OPERATION_BYTES)
    for (let at = 0; at < this.#spool.bytes; at += room.length) {
      const bytes = this.#spool.read(at, room)
      yield new Operations(room.buffer.slice(0, bytes))
    }
  }

  load(): Operations {
    return new Operations(this.#spool.load())
  }

  file(): number | undefined {
    return this.#spool.file()
  }

  place(): OperationsPlace {
    const file = this.file()
    if (file === undefined) return { buffer: this.#spool.load() }
    return { path: `/proc/${process.pid}/fd/${file}`, length: this.length }
  }

  close(): void {
    this.#spool.close()
  }
}

/** The operations of another process. Throws the error of opening a file. */
export function openOperations(place: OperationsPlace): OperationStore {
  if ('buffer' in place) return new Operations(place.buffer)
  return new SpooledOperations(Spool.of(place.path, place.length * OPERATION_BYTES))
}

/** Collects operations: into one growing buffer, or piece by piece into a spool. */
export class OperationsBuilder {
  readonly #spool: Spool | undefined
  #buffer = new ArrayBuffer(OPERATION_BYTES * 1024)
  #view = new DataView(this.#buffer)
  /** In the buffer. */
  #filled = 0
  #length = 0

  constructor(spool?: Spool) {
    this.#spool = spool
  }

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

  unmap(request: UnmapRequest): void {
    this.#end(OperationKind.unmap, request)
  }

  failed(request: FailedRequest): void {
    this.#mapping(OperationKind.failed, { ...request, id: 0 })
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

  /**
   * Sets where the next search of `area` starts: a slot index within the area. `line` of the log
   * that says so stands in the field of the original address.
   */
  setIndex(area: number, index: number, line = 0): void {
    const at = this.#open(OperationKind.setIndex, area)
    this.#set(at + 16, line, 'line')
    this.#set(at + 24, index, 'index')
  }

  /** What was collected in memory. */
  build(): Operations {
    if (this.#spool) throw new Error('these operations are in a spool')
    return new Operations(this.#buffer.slice(0, this.#length * OPERATION_BYTES))
  }

  /** What was collected in the spool. */
  finish(): SpooledOperations {
    if (!this.#spool) throw new Error('these operations are in memory')
    this.#flush(this.#spool)
    return new SpooledOperations(this.#spool)
  }

  #flush(spool: Spool): void {
    spool.append(new Uint8Array(this.#buffer, 0, this.#filled))
    new Uint8Array(this.#buffer).fill(0)
    this.#filled = 0
  }

  #end(kind: number, { cpu, id, noCopy }: UnmapRequest): void {
    const at = this.#open(kind, cpu)
    if (noCopy) this.#view.setUint8(at + 3, NO_COPY)
    this.#set(at + 8, id, 'id')
  }

  #mapping(kind: number, request: MapRequest): void {
    if (!(request.size > 0)) throw new RangeError(`size must be positive, not ${request.size}`)
    const at = this.#open(kind, request.cpu)
    this.#view.setUint8(at + 2, request.dir ?? Direction.unknown)
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
    if (this.#filled === this.#buffer.byteLength) {
      if (this.#spool) {
        this.#flush(this.#spool)
      } else {
        const larger = new ArrayBuffer(this.#filled * 2)
        new Uint8Array(larger).set(new Uint8Array(this.#buffer))
        this.#buffer = larger
        this.#view = new DataView(larger)
      }
    }
    const at = this.#filled
    this.#view.setUint16(at, kind, true)
    this.#view.setUint32(at + 4, cpu, true)
    this.#filled += OPERATION_BYTES
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
