/** Which slots a mapping takes, and sets of slots. */
import { SLOT_BYTES } from '../data/units.js'

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

/** The address of slot 0 that a mapping at `bus` in `slot` shows. */
export function startOf(bus: number, slot: number, offset: number): number {
  return bus - offset - slot * SLOT_BYTES
}

/** Slots of one block: 2 MiB of addresses. */
const BLOCK_SLOTS = 1024

/** Which slots were ever noted: one bit for each, in blocks where there are any. */
export class SlotSet {
  readonly #blocks = new Map<number, Uint8Array>()

  /** Notes the slots from a bus address on. */
  add(bus: number, slots: number): void {
    const first = Math.floor(bus / SLOT_BYTES)
    for (let slot = first; slot < first + slots; slot++) {
      const number = Math.floor(slot / BLOCK_SLOTS)
      let block = this.#blocks.get(number)
      if (!block) {
        block = new Uint8Array(BLOCK_SLOTS / 8)
        this.#blocks.set(number, block)
      }
      const bit = slot % BLOCK_SLOTS
      block[bit >> 3] = (block[bit >> 3] as number) | (1 << (bit & 7))
    }
  }

  /** Whether one of the slots was noted. */
  hasAny(bus: number, slots: number): boolean {
    const first = Math.floor(bus / SLOT_BYTES)
    for (let slot = first; slot < first + slots; slot++) {
      const bit = slot % BLOCK_SLOTS
      const byte = this.#blocks.get(Math.floor(slot / BLOCK_SLOTS))?.[bit >> 3] ?? 0
      if ((byte & (1 << (bit & 7))) !== 0) return true
    }
    return false
  }
}
