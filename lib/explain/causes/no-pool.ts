/** There is no pool. */

import { formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { Context } from '../context.js'
import type { AnyHeard } from '../events.js'
import { finding, groupsOf, linesOf, numbersOf, sizeWords, suppressedBy, who } from '../finding.js'
import { groupBy } from '../group.js'
import { smallerThan } from '../memory.js'

const MIB = 1024 * 1024
const seeBoot = '`dmesg | grep -i -e swiotlb -e "IO TLB"` from the boot on, and `cat /proc/cmdline`'

/** What whoever boots so has to know. */
const FORCE_COST =
  'With swiotlb=force every mapping of every device bounces from then on, which costs a copy each; take it out again once the ' +
  'cause is mended.'

const HOW_TO_GET_ONE =
  'If the device has to be used: boot with swiotlb=force so that the kernel makes a pool, or give it a size that ' +
  `can be had (swiotlb=32768 is 64 MiB), and have enough free memory below 4 GiB. ${FORCE_COST}`

const HARMLESS =
  'Harmless unless a device must bounce: then the kernel says so, with a panic or "Can not allocate SWIOTLB buffer ' +
  'earlier". If nothing is amiss, do nothing.'

/** `total 0`: the pool is absent, not full. */
function totalZero(context: Context): Reasoned[] {
  const failures = context.failures.filter(({ verdict }) => verdict === 'no-pool')
  return groupsOf('no-pool', failures, suppressedBy(context), 'full').map((group) => {
    const torn = context.of('torn-down', group.chosen.boot)
    return finding({
      cause: 'no-pool',
      certain: true,
      ...numbersOf(group),
      lines: linesOf([numbersOf(group), ...torn]),
      reasons: [
        'The pool has 0 slots: it is absent, not full.',
        ...(torn.length > 0
          ? [
              `The kernel gave it back at boot (line ${linesOf(torn).join(', ')}): it does so where an IOMMU is ` +
                'to serve all devices.',
            ]
          : []),
        ...(group.chosen.bytes === null
          ? []
          : [`${who(group.device)} had to bounce ${sizeWords(group.chosen.bytes)} all the same.`]),
      ],
      advice: [
        'The size of the pool is not the matter. An IOMMU that gives back the pool, and then bounces for a device ' +
          'that is not trusted or not aligned, is a kernel fault that was mended: a newer kernel, or swiotlb=force (see below).',
        'Where memory was plugged in after boot, a machine can have booted without memory that needs it, and so without a pool.',
        HOW_TO_GET_ONE,
      ],
      unknown: [`Why there is none: ${seeBoot}.`],
    })
  })
}

/** The kernel says itself that there is no pool for a device that needs one. */
function noneForDevice(context: Context): Reasoned[] {
  const said = [
    ...context.of('no-pool'),
    ...context.of('direct-overflow'),
    ...context.of('not-allowed'),
  ]
  const byDevice = groupBy(said as AnyHeard[], (heard) =>
    JSON.stringify([
      'device' in heard.said ? heard.said.device : null,
      heard.said.kind,
      heard.boot,
    ]),
  )
  return [...byDevice.values()].flatMap((own) => {
    const [first] = own
    if (!first || !('device' in first.said)) return []
    const { boot } = first
    const panic = first.said.kind === 'no-pool' && first.said.panic
    const bytes = first.said.kind === 'direct-overflow' ? first.said.bytes : null
    const asked = context.of('adjusted', boot).at(-1)
    const off = context.commandLines.find(
      (one) => one.boot === boot && one.told.bounce === 'noforce',
    )
    return [
      finding({
        cause: 'no-pool',
        certain: true,
        device: first.said.device,
        requestBytes: bytes,
        neededSlots: bytes === null ? null : Math.ceil(bytes / SLOT_BYTES),
        lines: linesOf([...own, ...(off ? [off] : [])]),
        suppressed: 0,
        failuresAtLeast: own.reduce((sum, { times }) => sum + times, 0),
        reasons: [
          `${first.said.device ?? 'A device'} had to bounce a buffer, and there is no pool${panic ? '; kernels up to about 6.2 stop then' : ''}.`,
          ...(off
            ? [`The command line switches it off: swiotlb=noforce (line ${off.lines[0]}).`]
            : []),
        ],
        advice: off
          ? ['Take swiotlb=noforce out of the command line.']
          : asked
            ? [
                `Ask for a smaller pool, one that fits in one piece below 4 GiB: for example ` +
                  `swiotlb=${smallerThan(asked.said.mib)} (${formatBytes(smallerThan(asked.said.mib) * SLOT_BYTES)}).`,
                'Or give the machine more memory below 4 GiB, and less that takes it (crashkernel=, hugepages=).',
              ]
            : [
                'Boot with swiotlb=force, so that the kernel makes a pool although it thinks that none is needed; or ' +
                  `see to more free memory below 4 GiB when it tried and could not. ${FORCE_COST}`,
                'If the hardware reaches all memory, its driver can say so (dma_set_mask_and_coherent()): then it ' +
                  'needs no bounce.',
              ],
        unknown: [
          `Why there is none: ${seeBoot}.`,
          ...(first.said.device === null
            ? ['Which device it was: this line names none; the lines before it may.']
            : []),
        ],
      }),
    ]
  })
}

/** Said at boot: harmless as long as nobody needs it. */
function noneAtBoot(context: Context): Reasoned[] {
  return context.of('no-pool-at-boot').flatMap((heard) => {
    const { boot, lines } = heard
    // What came of it is told by those lines.
    const failed =
      context.of('no-pool', boot).length > 0 ||
      context.failures.some((one) => one.boot === boot && one.verdict === 'no-pool')
    if (failed || mappedAfter(context, heard)) return []
    const memory = memoryOf(context, boot)
    return [
      finding({
        cause: 'no-pool',
        certain: true,
        lines,
        reasons: [
          'The kernel could not have the memory for a pool at boot, so there is none.',
          ...(heard.said.panic ? ['Old kernels (3.x) stop then.'] : []),
          ...(memory === undefined
            ? []
            : [
                `The machine has about ${formatBytes(memory)} of memory, and the default pool takes 64 MiB of it in ` +
                  'one piece.',
              ]),
        ],
        advice: [
          ...(heard.said.panic ? [] : [HARMLESS]),
          'If a pool is needed: ask for less, swiotlb=2048 (4 MiB) for example.',
        ],
        unknown: ['Whether a device must bounce: these lines end before one was used.'],
      }),
    ]
  })
}

function memoryOf(context: Context, boot: number): number | undefined {
  const total = context.of('memory', boot)[0]?.said.bytes
  if (total !== undefined) return total
  const ranges = context.of('memory-range', boot)
  return ranges.length === 0 ? undefined : ranges.reduce((sum, { said }) => sum + said.bytes, 0)
}

const mappedAfter = (
  context: Context,
  { boot, lines }: { boot: number; lines: readonly number[] },
) => context.of('mapped', boot).some((one) => (one.lines[0] ?? 0) > (lines[0] ?? 0))

/** Tries that failed, and nothing that says what became of them. */
function triesAlone(context: Context): Reasoned[] {
  return Array.from({ length: context.boots }, (_, boot) => boot).flatMap((boot) => {
    const tries = context.of('piece-failed', boot)
    const [first] = tries
    if (!first || mappedAfter(context, first) || context.of('halved', boot).length > 0) return []
    const last = tries.at(-1) ?? first
    // Down to the least that it tries.
    const all = last.said.bytes <= MIB
    return [
      finding({
        cause: 'no-pool',
        certain: all,
        lines: linesOf(tries),
        reasons: [
          `The kernel asked for ${sizeWords(first.said.bytes)} in one piece at boot and could not have it` +
            `${tries.length > 1 ? `, nor ${sizeWords(last.said.bytes)}` : ''}; no line tells of a pool afterwards.`,
        ],
        advice: [
          'Ask for less, or see to more free memory below 4 GiB (less crashkernel=, hugepages=).',
          HOW_TO_GET_ONE,
        ],
        unknown: [`What became of it: ${seeBoot}.`],
      }),
    ]
  })
}

function tooSmall(context: Context): Reasoned[] {
  return context.of('too-small-panic').map(({ said, lines }) =>
    finding({
      cause: 'no-pool',
      certain: true,
      totalSlots: said.slots,
      lines,
      reasons: [
        `The pool was to have ${formatSlots(said.slots)}, by the command line or by the choice of the architecture; Linux 6.0 ` +
          'and some before 6.3 stop at boot with less than 512 slots (1 MiB).',
      ],
      advice: ['swiotlb=512 or more, or a newer kernel.'],
    }),
  )
}

export function noPoolFindings(context: Context): Reasoned[] {
  return [
    ...totalZero(context),
    ...noneForDevice(context),
    ...noneAtBoot(context),
    ...triesAlone(context),
    ...tooSmall(context),
  ]
}
