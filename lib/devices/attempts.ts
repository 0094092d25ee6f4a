/** A trace of attempts alone, by device. */
import { SLOT_BYTES } from '../data/units.js'
import type { DeviceAttempts } from '../results/devices.js'
import type { Attempts } from '../trace/index.js'
import { spreadOf } from './tally.js'

function whyOf({ count, forced, maskBits, highest }: Attempts): string {
  if (forced === count) return 'bouncing is forced (swiotlb=force, or a confidential VM)'
  // Beyond 53 bits nothing is out of reach.
  if (maskBits !== null && maskBits < 53 && highest >= 2 ** maskBits) {
    return `the device reaches ${maskBits} bits of addresses, and the memory lies above`
  }
  if (maskBits === null) return 'not known: the event shows no mask'
  return 'not for its mask: the memory may be too small a part of a cache line, or the device untrusted'
}

export function attemptsBy(attempts: readonly Attempts[]): DeviceAttempts[] {
  return [...attempts]
    .sort((a, b) => b.bytes - a.bytes)
    .map((one) => {
      const seconds = (one.lastNs - one.firstNs) / 1e9
      return {
        device: one.device,
        attempts: one.count,
        perSecond: seconds > 0 ? one.count / seconds : null,
        bytes: spreadOf(one.sizes),
        leastSlots: one.sizes.reduce(
          (sum, [bytes, count]) => sum + count * Math.ceil(bytes / SLOT_BYTES),
          0,
        ),
        maskBits: one.maskBits,
        forced: one.forced,
        highest: `0x${one.highest.toString(16)}`,
        why: whyOf(one),
      }
    })
}
