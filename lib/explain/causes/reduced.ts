/** A pool that is smaller than what was asked for. */
import { formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { Context } from '../context.js'
import type { Heard } from '../events.js'
import { finding, linesOf } from '../finding.js'
import { ofMemory, smallerThan } from '../memory.js'

const MIB = 1024 * 1024

/** Whether the pool of a boot is smaller than what was asked for; undefined where no line tells so. */
export function reducedIn(context: Context, boot: number): Reasoned | undefined {
  const halved = context.of('halved', boot).filter(({ said }) => said.to < said.from)
  const able = context.of('only-able', boot)
  const asked = context.of('adjusted', boot).at(-1)
  const roundup = context.of('roundup', boot).at(-1)
  const mapped = context.of('mapped', boot).at(-1)
  const panic = context.of('no-pool', boot)
  const tries = context.of('piece-failed', boot)
  const last = halved.at(-1)
  const first = halved[0]
  if (first && last) {
    return reducedTo(last.said.to, first.said.from * SLOT_BYTES, [...tries, ...halved, ...able])
  }
  if (able[0]) return reducedTo((able.at(-1)?.said.mib ?? 0) * 512, null, able)
  if (asked && asked.said.mib > 0 && panic.length > 0 && !mapped) return allOfIt(asked, panic)
  if (mapped && roundup && mapped.said.bytes < roundup.said.mib * MIB) {
    // The line that tells of the halving may be missing.
    const lines = [roundup, ...tries, mapped]
    return reducedTo(mapped.said.bytes / SLOT_BYTES, roundup.said.mib * MIB, lines)
  }
  if (!mapped) return undefined
  const line = context.commandLines.findLast((one) => one.boot === boot)
  const wanted = line?.told.askedSlots ?? 0
  const given = line?.told.values.some(({ slots }) => slots !== null) ?? false
  if (!line || !given || mapped.said.bytes >= wanted * SLOT_BYTES) return undefined
  return reducedTo(mapped.said.bytes / SLOT_BYTES, wanted * SLOT_BYTES, [line, ...tries, mapped])
}

export const reducedFindings = (context: Context): Reasoned[] =>
  Array.from({ length: context.boots }, (_, boot) => reducedIn(context, boot) ?? []).flat()

function reducedTo(
  slots: number,
  askedBytes: number | null,
  from: readonly { readonly lines: readonly number[] }[],
): Reasoned {
  const has = `The pool has ${formatSlots(slots)}`
  return finding({
    cause: 'reduced',
    certain: true,
    totalSlots: slots,
    lines: linesOf(from),
    reasons: [
      askedBytes === null
        ? `${has}, less than what was asked for: the kernel halves what it cannot have in one piece.`
        : `${has}, where ${formatBytes(askedBytes)} were asked for: the kernel halves what it cannot have in one piece ` +
          '(below 4 GiB on most machines).',
    ],
    advice: [
      'If so much is needed: free memory below 4 GiB (less crashkernel=, hugepages=, or memory of the machine that ' +
        'lies lower). A larger swiotlb= does not help: it is halved likewise.',
      'If nothing fails, leave it: the pool is as large as it can be.',
    ],
    unknown: [
      'How much would fit: `dmesg | grep -e "BIOS-e820" -e "DMA32"` shows what lies below 4 GiB.',
    ],
  })
}

function allOfIt(asked: Heard<'adjusted'>, panic: readonly Heard<'no-pool'>[]): Reasoned {
  const { mib } = asked.said
  return finding({
    cause: 'reduced',
    certain: true,
    totalSlots: 0,
    lines: linesOf([asked, ...panic]),
    reasons: [
      `The kernel wanted ${mib} MiB${ofMemory(mib)}, and has nothing of it: a piece as large as that was not free below ` +
        '4 GiB. Kernels before 6.3 try no smaller one.',
    ],
    advice: [
      `Ask for less than ${mib} MiB: swiotlb=${smallerThan(mib)} (${formatBytes(smallerThan(mib) * SLOT_BYTES)}), and go up ` +
        'as long as it boots.',
    ],
    unknown: [
      'How much would fit: `dmesg | grep "BIOS-e820"` of a boot that goes further shows what lies below 4 GiB.',
    ],
  })
}
