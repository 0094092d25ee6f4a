/** Finds the min_align_mask of each device, which standard events do not show. */
import { SLOT_BYTES } from '../data/units.js'

/** Masks that drivers set: up to one page of 4 KiB (NVMe, Hyper-V storage), down to one sector. */
const CANDIDATES = [0xfff, 0x7ff, 0x3ff, 0x1ff, 0] as const
const PAGE_BYTES = 4096

/**
 * For each device, by number, the largest mask that agrees with all its mappings: the kernel keeps
 * the original address's bits under the mask, and clears the other bits within a slot.
 */
export class Masks {
  /** By device: which candidates are left. */
  readonly #left: (readonly number[])[] = []

  note(device: number, orig: number, bus: number): void {
    const left = this.#left[device] ?? CANDIDATES
    this.#left[device] = left
    for (let i = 0; i < left.length; i++) {
      if (agrees(left[i] as number, orig, bus)) continue
      this.#left[device] = left.filter((mask) => agrees(mask, orig, bus))
      return
    }
  }

  /** undefined for a device without mappings; 0 if none agrees. */
  of(device: number): number | undefined {
    const left = this.#left[device]
    return left && (left[0] ?? 0)
  }
}

/** The largest mask that agrees with one mapping. */
export function maskOf(orig: number, bus: number): number {
  return CANDIDATES.find((mask) => agrees(mask, orig, bus)) ?? 0
}

function agrees(mask: number, orig: number, bus: number): boolean {
  const origin = orig % PAGE_BYTES
  const placed = bus % PAGE_BYTES
  const inSlot = SLOT_BYTES - 1
  return (placed & inSlot) === (origin & mask & inSlot) && ((placed ^ origin) & mask) === 0
}
