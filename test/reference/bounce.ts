// Where a bounce or a sync copies from and how much it may copy (§7). Pure functions.

/** What is kept about one slot in use. */
export interface SlotState {
  /** original address that this slot stands for; null for a pad slot and for alloc */
  readonly orig: bigint | null
  /** bytes from here to the end of the allocation; "negative" in a slot that the offset reaches */
  readonly allocSize: number
  /** pad slots in front, kept in the first slot behind them only */
  readonly padSlots: number
}

export interface Copy {
  /** address in the caller's buffer */
  readonly source: bigint
  /** bytes, after clipping */
  readonly size: number
  /** bytes up to the end of the allocation, in wrapping 64-bit arithmetic */
  readonly room: bigint
  /** the caller asked for more than the room: the kernel warns once */
  readonly clipped: boolean
}

/** Offset of an address in its slot, as far as the device keeps it. */
export function slotOffset(address: bigint, mam: number): number {
  return Number(address & BigInt(mam) & 0x7ffn)
}

/**
 * The copy for `size` bytes at pool address `address`; null when nothing is copied.
 * The room ends at the end of the allocation, so padding behind the mapping is not protected.
 */
export function copyOf(slot: SlotState, address: bigint, mam: number, size: number): Copy | null {
  if (slot.orig === null) return null
  const delta = Number(address & 0x7ffn) - slotOffset(slot.orig, mam)
  const room = BigInt.asUintN(64, BigInt(slot.allocSize - delta))
  const clipped = BigInt(size) > room
  return {
    source: slot.orig + BigInt(delta),
    size: clipped ? Number(room) : size,
    room,
    clipped,
  }
}
