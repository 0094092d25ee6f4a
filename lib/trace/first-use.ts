import { SLOT_BYTES } from './operations.js'

/**
 * When each slot was first taken in the trace. An unmap without a map ends a mapping that was live
 * before the trace, but only if its slots had not been taken by another one in between.
 */
export class FirstUse {
  readonly #positions = new Map<number, number>()

  /** Notes that a mapping at a bus address took its slots at a position. */
  note(bus: number, slots: number, position: number): void {
    const first = Math.floor(bus / SLOT_BYTES)
    for (let slot = first; slot < first + slots; slot++) {
      const known = this.#positions.get(slot)
      if (known === undefined || position < known) this.#positions.set(slot, position)
    }
  }

  /** Whether one of the slots was taken before a position. */
  takenBefore(bus: number, slots: number, position: number): boolean {
    const first = Math.floor(bus / SLOT_BYTES)
    for (let slot = first; slot < first + slots; slot++) {
      const known = this.#positions.get(slot)
      if (known !== undefined && known < position) return true
    }
    return false
  }
}
