/** What can be asked of the allocator, and how it is packed. */
import type { Spool } from './bytes/spool.js'
import {
  Direction,
  NO_COPY,
  OPERATION_BYTES,
  OperationKind,
  Operations,
  SpooledOperations,
} from './operations.js'

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

/** A copy of a part of a mapping: `size` bytes from `offset` on, which lie in it. */
export interface SyncRequest {
  readonly cpu: number
  readonly id: number
  readonly offset: number
  readonly size: number
  /** The side that is to see what the other has written. */
  readonly target: 'device' | 'cpu'
}

/** A map that failed when it was recorded. */
export type FailedRequest = Omit<MapRequest, 'id' | 'expect'>

/** Whole pages of a restricted pool, without an original address. Size in bytes. */
export type AllocRequest = Omit<MapRequest, 'orig' | 'am' | 'expect' | 'dir'>

/** A mapping that was live before the trace: `expect` (first slot + 1) is required. */
export type PlaceRequest = MapRequest & { readonly expect: number }

/** What a copy of an operation has otherwise. */
interface Copied {
  readonly cpu?: number
  readonly id?: number
}

const OPERATION_WORDS = OPERATION_BYTES / 4

/** Collects operations: into one growing buffer, or piece by piece into a spool. */
export class OperationsBuilder {
  readonly #spool: Spool | undefined
  #buffer = new ArrayBuffer(OPERATION_BYTES * 1024)
  #view = new DataView(this.#buffer)
  #words = new Uint32Array(this.#buffer)
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

  sync({ cpu, id, offset, size, target }: SyncRequest): void {
    const dir = target === 'device' ? Direction.toDevice : Direction.fromDevice
    this.#mapping(OperationKind.sync, { cpu, id, orig: offset, size, dir })
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

  /** An operation as it is, but for its CPU and its id where they are given. */
  copy(from: Operations, i: number, { cpu = from.cpu(i), id }: Copied = {}): void {
    const at = this.#open(from.kind(i), cpu)
    this.#words.set(
      from.words.subarray(i * OPERATION_WORDS + 2, (i + 1) * OPERATION_WORDS),
      at / 4 + 2,
    )
    this.#view.setUint16(at + 2, (from.words[i * OPERATION_WORDS] as number) >>> 16, true)
    if (id !== undefined) this.#set(at + 8, id, 'id')
  }

  /** A mapping of whatever kind, as a map that is to find its place by itself. */
  search(from: Operations, i: number, changed: Copied = {}): void {
    this.copy(from, i, changed)
    const at = this.#filled - OPERATION_BYTES
    this.#view.setUint16(at, OperationKind.map, true)
    this.#set(at + 56, 0, 'expect')
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
        this.#words = new Uint32Array(larger)
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
