/**
 * What the readers of events find out, one record for each change of the pool, in their order: the
 * first pass over a trace writes them, the second makes operations of them.
 */

import type { Spool } from '../bytes/spool.js'
import { Direction } from '../operations.js'

export const StepKind = {
  /** A mapping is counted. */
  map: 0,
  unmap: 1,
  /** A map that failed. */
  failed: 2,
  /** Where the dma event of a mapping stands, which comes after its count. */
  mapped: 3,
  /** The unmap of a mapping that was live before the trace; `id` is its place in their list. */
  unmapBefore: 4,
} as const

/** One change. Numbers that nobody knows are NaN. */
export interface Step {
  readonly kind: (typeof StepKind)[keyof typeof StepKind]
  /** Position, in events; a half lies between two. */
  readonly at: number
  /** Of the mapping; the same in its steps. */
  readonly id: number
  /** -1 where the trace does not show it. */
  cpu: number
  /** Number of the device. */
  readonly device: number
  readonly orig: number
  readonly size: number
  readonly am: number
  readonly mam: number
  readonly bus: number
  /** Slot index that the kernel noted, pads included; else `bus` tells it, if that is known. */
  readonly slot: number
  /** When it began. */
  readonly ns: number
  readonly dir: Direction
  /** Of an unmap: nothing is copied back. */
  noCopy: boolean
  /** Of an unmap: nobody saw it. Of a map: only its unmap was seen. */
  unseen: boolean
  /** Of a map: the trace has no swiotlb_bounced of it. */
  readonly unbounced: boolean
  /** Of such a map: position of its thread's event before it, -1 if there was none. */
  readonly since: number
}

const RECORD_BYTES = 96
/** Records that are looked at in one piece. */
const PIECE = 8192
const NO_COPY = 1
const UNSEEN = 2
const UNBOUNCED = 4

/** A step with all that its maker does not say. */
export function stepOf(
  kind: Step['kind'],
  facts: Partial<Step> & Pick<Step, 'at' | 'id' | 'cpu'>,
): Step {
  const { at, id, cpu, device = 0, orig = 0, size = 0, am = 0, mam = Number.NaN } = facts
  const { bus = Number.NaN, slot = Number.NaN, ns = Number.NaN, dir = Direction.unknown } = facts
  const { noCopy = false, unseen = false, unbounced = false, since = -1 } = facts
  // One shape for all, written out: there are some for every event.
  return {
    kind,
    at,
    id,
    cpu,
    device,
    orig,
    size,
    am,
    mam,
    bus,
    slot,
    ns,
    dir,
    noCopy,
    unseen,
    unbounced,
    since,
  }
}

/** Writes steps to a spool, and reads them in either direction. */
export class StepFile {
  readonly #spool: Spool
  readonly #bytes = new Uint8Array(RECORD_BYTES * 256)
  readonly #view = new DataView(this.#bytes.buffer)
  #filled = 0

  constructor(spool: Spool) {
    this.#spool = spool
  }

  write(step: Step): void {
    const view = this.#view
    const at = this.#filled
    view.setUint8(at, step.kind)
    view.setUint8(at + 1, step.dir)
    const flags =
      (step.noCopy ? NO_COPY : 0) | (step.unseen ? UNSEEN : 0) | (step.unbounced ? UNBOUNCED : 0)
    view.setUint8(at + 2, flags)
    view.setInt32(at + 4, step.cpu, true)
    view.setUint32(at + 8, step.device, true)
    view.setFloat64(at + 16, step.at, true)
    view.setFloat64(at + 24, step.id, true)
    view.setFloat64(at + 32, step.orig, true)
    view.setFloat64(at + 40, step.size, true)
    view.setFloat64(at + 48, step.am, true)
    view.setFloat64(at + 56, step.mam, true)
    view.setFloat64(at + 64, step.bus, true)
    view.setFloat64(at + 72, step.slot, true)
    view.setFloat64(at + 80, step.ns, true)
    view.setFloat64(at + 88, step.since, true)
    this.#filled += RECORD_BYTES
    if (this.#filled === this.#bytes.length) this.#flush()
  }

  /** All steps, a piece at a time, from the first or from the last. */
  *pieces(backwards = false): Generator<Step[]> {
    this.#flush()
    const room = new Uint8Array(RECORD_BYTES * PIECE)
    const count = Math.ceil(this.#spool.bytes / room.length)
    for (let i = 0; i < count; i++) {
      const at = (backwards ? count - 1 - i : i) * room.length
      const bytes = this.#spool.read(at, room)
      const view = new DataView(room.buffer, 0, bytes)
      const steps: Step[] = []
      for (let k = 0; k < bytes / RECORD_BYTES; k++) steps.push(decode(view, k))
      yield backwards ? steps.reverse() : steps
    }
  }

  close(): void {
    this.#spool.close()
  }

  #flush(): void {
    this.#spool.append(this.#bytes.subarray(0, this.#filled))
    this.#filled = 0
  }
}

function decode(view: DataView, index: number): Step {
  const at = index * RECORD_BYTES
  const flags = view.getUint8(at + 2)
  return {
    kind: view.getUint8(at) as Step['kind'],
    at: view.getFloat64(at + 16, true),
    id: view.getFloat64(at + 24, true),
    cpu: view.getInt32(at + 4, true),
    device: view.getUint32(at + 8, true),
    orig: view.getFloat64(at + 32, true),
    size: view.getFloat64(at + 40, true),
    am: view.getFloat64(at + 48, true),
    mam: view.getFloat64(at + 56, true),
    bus: view.getFloat64(at + 64, true),
    slot: view.getFloat64(at + 72, true),
    ns: view.getFloat64(at + 80, true),
    dir: view.getUint8(at + 1) as Direction,
    noCopy: (flags & NO_COPY) !== 0,
    unseen: (flags & UNSEEN) !== 0,
    unbounced: (flags & UNBOUNCED) !== 0,
    since: view.getFloat64(at + 88, true),
  }
}
