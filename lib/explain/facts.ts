/** What lines say that is no fault, and what of the text was not understood. */

import { DEFAULT_SLOTS } from '../boot/pool.js'
import { countOf, formatBytes, formatSlots, SLOT_BYTES, verbOf } from '../data/units.js'
import type { CommandLineHeard, Context } from './context.js'
import type { Heard } from './events.js'
import { countsFailures, percentWords, uncounted } from './finding.js'
import { groupBy } from './group.js'
import { growthFacts } from './growth.js'
import { ofMemory } from './memory.js'
import { lineWords } from './numbers.js'

const MIB = 1024 * 1024

const linesOf = (heard: readonly { readonly lines: readonly number[] }[]): number[] =>
  heard.flatMap(({ lines }) => lines)

function sizeFacts(context: Context, boot: number): string[] {
  const adjusted = context.of('adjusted', boot)
  const roundups = context.of('roundup', boot)
  const areas = context.of('areas', boot).at(-1)
  const mapped = context.of('mapped', boot)
  return [
    ...adjusted.map(({ said: { mib }, lines }) => {
      const rule =
        mib >= 1024
          ? ' (the most that the rule for confidential VMs gives)'
          : mib < 64
            ? ' (the architecture asks for a small pool on a machine with little memory)'
            : ofMemory(mib)
      const size = mib === 0 ? 'less than 1 MiB' : `${mib} MiB`
      return `${lineWords(lines)}: the kernel chose the size itself, ${size}${rule}`
    }),
    ...roundups.map(({ said: { mib }, lines }) => {
      const size = mib === 0 ? 'a size below 1 MiB' : `${mib} MiB`
      const why = areas ? `: with ${countOf(areas.said.areas, 'area')}` : ': with areas'
      return `${lineWords(lines)}: the pool was rounded up to ${size}${why} it is a power of two and each area has a segment of 256 KiB; that is no fault`
    }),
    ...mapped.flatMap(({ said: { bytes, saidMib }, lines }) => {
      const slots = bytes / SLOT_BYTES
      if (!Number.isInteger(slots))
        return [`${lineWords(lines)}: the addresses do not make whole slots`]
      if (saidMib !== null && saidMib !== Math.floor(bytes / MIB)) {
        return [
          `${lineWords(lines)}: the addresses make ${formatBytes(bytes)}, the text says ${saidMib} MB; the addresses are taken`,
        ]
      }
      const small = saidMib === 0 ? `, which the text rounds down to 0 MB` : ''
      const needs =
        small !== '' && areas
          ? `; ${countOf(areas.said.areas, 'area')} ${verbOf(areas.said.areas, 'needs', 'need')} ${countOf(areas.said.areas, 'segment')} of 256 KiB`
          : ''
      return [
        `${lineWords(lines)}: a pool of ${formatSlots(slots)} by its addresses${small}${needs}`,
      ]
    }),
  ]
}

function machineFacts(context: Context, boot: number): string[] {
  const encrypted = context.of('encrypted', boot)
  const torn = context.of('torn-down', boot)
  const restricted = context.of('restricted', boot)
  const growth = context.of('growth-failed', boot)
  return [
    ...(encrypted.length > 0
      ? [
          `${lineWords(linesOf(encrypted))}: ` +
            (encrypted.some(({ said }) => said.guest)
              ? 'a confidential VM: every DMA of every device bounces through the pool'
              : 'memory is encrypted: in a confidential VM every DMA bounces; on a machine of its own (SME) only that of ' +
                'devices which cannot reach encrypted memory'),
        ]
      : []),
    ...(torn.length > 0
      ? [
          `${lineWords(linesOf(torn))}: the kernel gave the pool back, since an IOMMU serves the devices`,
        ]
      : []),
    ...restricted.map(
      ({ said, lines }) =>
        `${lineWords(lines)}: a pool of its own for some device (restricted), of ${formatBytes(said.bytes)}; swiotlb= does not size it`,
    ),
    ...(growth.length > 0
      ? [
          `${lineWords(linesOf(growth))}: the pool was to grow and could not; memory was short at that time`,
        ]
      : []),
  ]
}

function driverFacts(context: Context): string[] {
  return context
    .of('driver-bug')
    .map(
      ({ said, lines }) =>
        `${lineWords(lines)}: "${said.words}" is said of ${said.device ?? 'a driver'}; it is a matter of the driver, and not of the pool's size`,
    )
}

function bouncedFacts(context: Context): string[] {
  const bounced = context.of('bounced')
  if (bounced.length === 0) return []
  const groups = groupBy(bounced, ({ said }) => `${said.device} ${said.bytes} ${said.mask}`)
  const said = [...groups.values()].slice(0, 8).map((own) => {
    const [{ said: first } = { said: undefined }] = own
    if (!first) return ''
    const above = own.filter(({ said }) => said.address + BigInt(said.bytes) - 1n > said.mask)
    const why =
      above.length === own.length
        ? `the device reaches ${formatBytes(Number(first.mask) + 1)} only and the memory lies above`
        : above.length === 0
          ? 'the device reaches the memory, so all is made to bounce (swiotlb=force, a confidential VM)'
          : `${above.length} of them lie above what the device reaches`
    return `${own.length} of ${formatBytes(first.bytes)} by ${first.device}: ${why}`
  })
  return [
    `${lineWords(linesOf(bounced))}: a trace of ${countOf(bounced.length, 'mapping')} that ${verbOf(bounced.length, 'was', 'were')} to bounce: ${said.join('; ')}. These are ` +
      'attempts: nothing is said of how many were live at one time, nor whether one failed. `devices` tells more of such a trace',
  ]
}

/** How command lines come out, where they are no fault. */
function commandLineFacts({ told, lines, familyKnown }: CommandLineHeard): string[] {
  const [value] = told.values.slice(-1)
  if (value?.ignored !== false || value.slots === null) return []
  const { pool, byCpus } = told
  if (pool.slots === null) {
    const sizes = byCpus.map(({ cpus, bytes }) => `${formatBytes(bytes ?? 0)} on ${cpus}`)
    return [
      `${lineWords(lines)}: swiotlb=${value.value} gives each area at least a segment of 256 KiB, so the pool grows with the CPUs: ${sizes.join(', ')}`,
    ]
  }
  const steps = pool.steps.length === 0 ? '' : ` (${pool.steps.join('; ')})`
  const known = familyKnown ? '' : `, as Linux ${told.kernel} reads it`
  const most = pool.slots === DEFAULT_SLOTS ? ', the default' : ''
  return [
    `${lineWords(lines)}: swiotlb=${value.value} asks for ${formatSlots(pool.slots)}${most}${steps}${known}`,
  ]
}

const sumOf = (leftOut: readonly Heard<'suppressed'>[]): number =>
  leftOut.reduce((sum, { said }) => sum + said.count, 0)

function countFacts(context: Context): string[] {
  const foreign = context.of('suppressed').filter(({ said }) => !countsFailures(said.name))
  const unclear = foreign.filter(({ said }) =>
    /^_*ratelimit$|^printk$|^__printk_ratelimit$/.test(said.name),
  )
  const lost = context.of('lost')
  const { anybodys, alone } = uncounted(context)
  const left = sumOf(anybodys)
  return [
    ...(anybodys.length > 0
      ? [
          `${lineWords(linesOf(anybodys))}: ${countOf(left, 'line')} more about failed mappings ${verbOf(left, 'was', 'were')} left out; which of the devices ${verbOf(left, 'it was', 'they were')} of is not known, so ` +
            'none of the counts above has them',
        ]
      : []),
    ...(unclear.length > 0
      ? [
          `${lineWords(linesOf(unclear))}: suppressed lines of no name; they may be of swiotlb or of anything else, and are not counted`,
        ]
      : []),
    ...(alone.length > 0
      ? [
          `${lineWords(linesOf(alone))}: ${sumOf(alone)} messages about failed mappings were left out, and none of that boot is here: nothing is known of their sizes`,
        ]
      : []),
    ...(lost.length > 0
      ? [`${lineWords(linesOf(lost))}: the log lost messages; all counts are lower bounds`]
      : []),
  ]
}

function understanding(context: Context): string[] {
  const program = context.of('program-text')
  const sentences = context.of('sentence')
  const bare = context
    .of('full')
    .filter(
      ({ said, lines }) =>
        said.bare && !context.failures.some((one) => one.lines.includes(lines[0] ?? 0)),
    )
  const cut = context.failures.filter((one) => one.cut)
  return [
    ...(cut.length > 0
      ? [
          `${lineWords(linesOf(cut))}: cut off or garbled; numbers that are not whole were not taken`,
        ]
      : []),
    ...context
      .of('broken-name')
      .map(
        ({ said, lines }) =>
          `${lineWords(lines)}: the name of the device is broken over the lines; it was read as "${said.device}"`,
      ),
    ...(program.length > 0
      ? [
          `${lineWords(linesOf(program))}: text of a program, and no message of a kernel; not counted`,
        ]
      : []),
    ...(sentences.length + bare.length > 0
      ? [
          `${lineWords(linesOf([...sentences, ...bare]).sort((a, b) => a - b))}: swiotlb is mentioned in a sentence or a title, or in words that are not known; not counted`,
        ]
      : []),
    ...(context.duplicates.length > 0
      ? [
          `${lineWords(context.duplicates)}: the same messages once more, by their stamps; not counted twice`,
        ]
      : []),
  ]
}

function sampleFacts(context: Context): string[] {
  return context.samples.flatMap(({ values, lines, pool }) => {
    const [total, used, mark, transient] = [
      values.get('nslabs'),
      values.get('used'),
      values.get('used_hiwater'),
      values.get('transient_nslabs'),
    ]
    const whose = pool === '' ? '' : ` of ${pool}`
    const idle = mark === 0 && (used === 0 || used === undefined)
    const grown =
      transient !== undefined &&
      typeof total === 'number' &&
      typeof mark === 'number' &&
      mark > total
    // A mark that is not kept is 0, and one that was set to 0 is below the use: neither is a most.
    const isMost = typeof mark === 'number' && typeof used === 'number' && mark >= used && mark > 0
    const most = isMost ? `, at most ${mark} since the mark began` : ''
    return [
      ...(typeof total === 'number' && typeof used === 'number' && total > 0 && used <= total
        ? [
            `${lineWords(lines)}: the counters${whose}: ${used} of ${countOf(total, 'slot')} in use (${percentWords(used, total)})${most}`,
          ]
        : []),
      ...(total === 0 ? [`${lineWords(lines)}: the pool${whose} has 0 slots: there is none`] : []),
      ...(idle && total !== 0
        ? [
            `${lineWords(lines)}: the mark${whose} is 0: nothing was mapped yet, or this is Linux 7.3 or later without track_hiwater, where the mark is not kept; \`uname -r\` tells`,
          ]
        : []),
      ...(grown
        ? [
            `${lineWords(lines)}: the mark${whose} is above the pool, which this kernel lets grow: that is right`,
          ]
        : []),
    ]
  })
}

const REFUSALS = {
  'not-permitted':
    'the counters may not be read, not even by root: the kernel is locked down (as with Secure Boot), which `cat /sys/kernel/security/lockdown` tells. What needs no debugfs: dmesg, and a trace',
  denied: 'the counters may not be read: it takes root',
  missing:
    'the counters are not there: debugfs is not mounted (`mount -t debugfs none /sys/kernel/debug`), or the kernel is older than 5.1 or has no swiotlb',
} as const

/** What a shell said where counters were asked for. */
function refusedFacts(context: Context): string[] {
  const groups = groupBy(context.of('refused'), ({ said }) => said.why)
  return [...groups].map(([why, own]) => `${lineWords(linesOf(own))}: ${REFUSALS[why]}`)
}

/** What else there is to say of a text. */
export function factsOf(context: Context): string[] {
  const byBoot = Array.from({ length: context.boots }, (_, boot) => [
    ...sizeFacts(context, boot),
    ...machineFacts(context, boot),
  ]).flat()
  const several =
    context.boots > 1
      ? [`stamps go back, or a boot begins, within the text: it was read as ${context.boots} boots`]
      : []
  const lines = context.commandLines
  return [
    ...several,
    ...byBoot,
    ...lines.flatMap(commandLineFacts),
    ...(lines.length > 1
      ? [`${lines.length} command lines (${lineWords(linesOf(lines))}): the last of them is taken`]
      : []),
    ...growthFacts(context),
    ...sampleFacts(context),
    ...refusedFacts(context),
    ...driverFacts(context),
    ...bouncedFacts(context),
    ...countFacts(context),
    ...understanding(context),
  ]
}
