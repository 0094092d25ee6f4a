import { SLOT_BYTES } from './operations.js'

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
