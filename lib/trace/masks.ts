/** Finds the min_align_mask of each device, which standard events do not show. */
import { SLOT_BYTES } from './operations.js'

/** A mapping's addresses, bytes. */
export interface Placement {
  readonly device: string
  readonly orig: number
  readonly bus: number
}

/** Masks that drivers set: up to one page of 4 KiB (NVMe, Hyper-V storage), down to one sector. */
const CANDIDATES = [0xfff, 0x7ff, 0x3ff, 0x1ff, 0] as const
const PAGE_BYTES = 4096

/**
 * For each device the largest mask that agrees with all its mappings: the kernel keeps the original
 * address's bits under the mask, and clears the other bits within a slot. 0 if none agrees.
 */
export function inferMasks(placements: Iterable<Placement>): Map<string, number> {
  const left = new Map<string, number[]>()
  for (const placement of placements) {
    const masks = left.get(placement.device) ?? [...CANDIDATES]
    left.set(
      placement.device,
      masks.filter((mask) => agrees(mask, placement)),
    )
  }
  return new Map([...left].map(([device, masks]) => [device, masks[0] ?? 0]))
}

function agrees(mask: number, { orig, bus }: Placement): boolean {
  const origin = orig % PAGE_BYTES
  const placed = bus % PAGE_BYTES
  const inSlot = SLOT_BYTES - 1
  return (placed & inSlot) === (origin & mask & inSlot) && ((placed ^ origin) & mask) === 0
}
