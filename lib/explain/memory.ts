/** The share of memory that the kernel of a confidential VM takes for its pool. */
import { formatBytes, SLOT_BYTES } from '../data/units.js'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** `, which is 6 % of about 16 GiB ...` for a size that the rule can have given; else nothing. */
export function ofMemory(mib: number): string {
  // At its ends the rule gives 64 MiB and 1 GiB whatever the memory is.
  if (mib <= 64 || mib >= 1024) return ''
  const gib = Math.round((mib / 1024 / 0.06) * 10) / 10
  return `, which is 6 % of about ${formatBytes(gib * GIB)} (the rule for confidential VMs)`
}

/** A power of two below what could not be had, in slots. */
export function smallerThan(mib: number): number {
  let slots = 32768
  while (slots * 2 * SLOT_BYTES <= (mib * MIB) / 2) slots *= 2
  return slots
}
