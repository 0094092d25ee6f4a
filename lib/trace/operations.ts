/**
 * The packed operations that go to the native engine: 64 bytes each, little endian.
 *
 *     0 u16 kind   2 u8 dir   3 u8 flags   4 u32 cpu   8 u64 id   16 u64 orig   24 u64 size
 *     32 u64 alloc_align_mask   40 u64 min_align_mask   48 u64 seg_boundary_mask   56 u64 expect
 */
import { Spool } from './bytes/spool.js'
import { slotsOfMap } from './slots.js'

/** Bytes of one packed operation. */
export const OPERATION_BYTES = 64

/**
 * What one operation does. `place` occupies exact slots: a mapping that was live before the trace.
 * `settle` runs what a growing pool put off; `alloc` and `free` are those of a restricted pool;
 * `failed` is a map that failed when it was recorded, which takes nothing; `sync` copies a part of a
 * mapping that stays.
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
  sync: 9,
} as const

/** Which way a mapping's data go, as the kernel names it; where it is unknown, only maps copy. */
export const Direction = { unknown: 0, bidirectional: 1, toDevice: 2, fromDevice: 3 } as const
export type Direction = (typeof Direction)[keyof typeof Direction]

/** Flag of an unmap: nothing is copied back (DMA_ATTR_SKIP_CPU_SYNC). */
export const NO_COPY = 1
/** Operations that are looked at in one piece. */
const PIECE_OPERATIONS = 16384

/** Operations on their way to another process. */
export type OperationsPlace =
  | { readonly buffer: ArrayBuffer }
  | { readonly path: string; readonly length: number }

/** Operations in their order, in memory or in a file. */
export interface OperationStore {
  readonly length: number
  /** All of them, a piece at a time, which is there until the next is asked for. */
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
  /** The same in words of 32 bits, for whoever copies whole operations. */
  readonly words: Uint32Array
  readonly #view: DataView

  constructor(buffer: ArrayBuffer) {
    if (buffer.byteLength % OPERATION_BYTES !== 0) {
      throw new RangeError(`operations are ${OPERATION_BYTES} bytes each, not ${buffer.byteLength}`)
    }
    this.buffer = buffer
    this.length = buffer.byteLength / OPERATION_BYTES
    this.words = new Uint32Array(buffer)
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

  /** One of `Direction`; of a sync toDevice or fromDevice. */
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

  /** Of a sync: bytes from the begin of the mapping. */
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
    const whole = new Operations(room.buffer)
    for (let at = 0; at < this.#spool.bytes; at += room.length) {
      const bytes = this.#spool.read(at, room)
      yield bytes === room.length ? whole : new Operations(room.buffer.slice(0, bytes))
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
