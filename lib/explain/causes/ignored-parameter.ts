/** A command line that does not do what it was written for. */

import { families, familyWords } from '../../boot/family.js'
import { readParameter } from '../../boot/parameter.js'
import { DEFAULT_SLOTS } from '../../boot/pool.js'
import type { ReadValue } from '../../boot/told.js'
import { countOf, formatSlots } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { CommandLineHeard, Context } from '../context.js'
import { finding } from '../finding.js'

const said = (one: ReadValue): string => {
  const parts = [
    ...(one.slots === null ? [] : [countOf(one.slots, 'slot')]),
    ...(one.areas === null ? [] : [countOf(one.areas, 'area')]),
    ...(one.bounce === null ? [] : [one.bounce]),
    ...(one.trackHiwater ? ['track_hiwater'] : []),
  ]
  return parts.join(', ')
}

/** Whether each kernel drops some of it, though not the same. */
const dropsEverywhere = (value: string): boolean =>
  families.every((family) => {
    const { slots, areas, bounce, trackHiwater, dropped } = readParameter(value, family)
    return dropped !== '' || (slots === null && areas === null && bounce === null && !trackHiwater)
  })

function ofValue(one: ReadValue, { told, lines, familyKnown }: CommandLineHeard): Reasoned[] {
  if (one.dropped === null && !one.ignored) return []
  const does = said(one)
  const better = one.dropped?.meant ?? null
  const kernel = familyWords[told.kernel]
  return [
    finding({
      cause: 'ignored-parameter',
      certain: familyKnown || dropsEverywhere(one.value),
      lines,
      reasons: [
        one.ignored
          ? `swiotlb=${one.value} sets nothing: ${kernel} reads none of it, and does not say so.`
          : `Of swiotlb=${one.value} ${kernel} takes ${does}, and drops "${one.dropped?.text}" without a word.`,
        ...(one.dropped === null
          ? []
          : [`${one.dropped.why[0]?.toUpperCase()}${one.dropped.why.slice(1)}.`]),
        ...(one.slots === null ? [] : [`${formatSlots(one.slots)}, before rounding.`]),
      ],
      advice: [
        ...(better === null
          ? [
              'Write a number of slots of 2 KiB, then areas, then force or noforce: swiotlb=65536,8,force.',
            ]
          : [`If that was meant: ${better}.`]),
      ],
      unknown: [
        ...(familyKnown
          ? []
          : [`Which kernel it is for: \`uname -r\`. This is as ${kernel} reads it.`]),
        'What the kernel made of it: `dmesg | grep "IO TLB: mapped"` shows the pool that there is.',
      ],
    }),
  ]
}

/** A confidential VM takes 32768 for "nothing given". */
function asDefault(context: Context, line: CommandLineHeard): Reasoned[] {
  const given = line.told.values.some(({ slots }) => slots === DEFAULT_SLOTS)
  const adjusted = context.of('adjusted', line.boot).find(({ said: { mib } }) => mib > 64)
  if (!given || line.told.askedSlots !== DEFAULT_SLOTS || !adjusted) return []
  return [
    finding({
      cause: 'ignored-parameter',
      certain: true,
      lines: [...line.lines, ...adjusted.lines],
      reasons: [
        `The command line asks for ${DEFAULT_SLOTS} slots (64 MiB), and the kernel took ${adjusted.said.mib} MiB: in a ` +
          'confidential VM the default size counts as not given.',
      ],
      advice: [
        'If 64 MiB are wanted: swiotlb=32640 or another number that is not 32768 (areas round it up again).',
      ],
    }),
  ]
}

export const parameterFindings = (context: Context): Reasoned[] =>
  context.commandLines.flatMap((line) => [
    ...line.told.values.flatMap((one) => ofValue(one, line)),
    ...asDefault(context, line),
  ])
