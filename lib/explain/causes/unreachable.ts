/** The bounce slot lies outside of what the device addresses. */
import { SLOT_BYTES } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { Context } from '../context.js'
import { byDevice } from '../events.js'
import { finding, who, whose } from '../finding.js'

const hex = (value: bigint): string => `0x${value.toString(16)}`

/** Where a device ends; 0 stands for no limit of the bus. */
function reachOf({ mask, limit }: { readonly mask: bigint; readonly limit: bigint }): bigint {
  if (limit === 0n) return mask
  return limit < mask ? limit : mask
}

export function unreachableFindings(context: Context): Reasoned[] {
  return byDevice(context.of('unreachable')).flatMap((own) => {
    const [first] = [...own].sort((a, b) => b.said.bytes - a.said.bytes)
    if (!first) return []
    const { device, bytes, address, mask, limit } = first.said
    const reach = reachOf({ mask, limit })
    const last = address + BigInt(bytes) - 1n
    return [
      finding({
        cause: 'unreachable',
        certain: last > reach,
        device,
        requestBytes: bytes,
        neededSlots: Math.ceil(bytes / SLOT_BYTES),
        lines: own.flatMap(({ lines }) => lines),
        suppressed: 0,
        failuresAtLeast: own.reduce((sum, { times }) => sum + times, 0),
        reasons: [
          `The kernel found a bounce slot for ${who(device)}, but the device cannot reach it: it lies at ` +
            `${hex(address)}, and the device addresses up to ${hex(reach)} ` +
            `(mask ${hex(mask)}${limit === 0n ? '' : `, bus limit ${hex(limit)}`}).`,
          'The pool is not full, and the size of the request does not matter.',
        ],
        advice: [
          `In ${whose(device)}: a DMA mask as wide as the hardware has (dma_set_mask_and_coherent()).`,
          'On boards with a device tree: dma-ranges of the bus, which says where memory lies as the device sees it; ' +
            'an offset there puts all memory above what a 32-bit device reaches.',
          'If the hardware really ends there, the pool has to lie lower: a restricted-dma-pool in the device tree, or ' +
            'memory that begins lower. A larger swiotlb= does not move it.',
        ],
        unknown: [
          'Where the pool lies for the CPU: `dmesg | grep "IO TLB"` shows its addresses.',
          `What the hardware can: its data sheet${device === null ? '' : `; \`dmesg | grep "${device}"\` for what its driver asked for`}.`,
        ],
      }),
    ]
  })
}
