/**
 * What the readers of events find out, one record for each change of the pool, in their order: the
 * first pass over a trace writes them, the second makes operations of them.
 */

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
