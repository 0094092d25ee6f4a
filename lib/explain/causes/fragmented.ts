/** Enough slots are free, and no run of them. */
import { countOf, SEGMENT_SLOTS } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import type { Context } from '../context.js'
import { backWords, fallAfter, useOfFailure } from '../fallen.js'
import {
  askedWords,
  countersOf,
  type Group,
  leakFirst,
  percentWords,
  SIZE,
  twice,
  WHO_HOLDS,
  whetherBack,
  who,
  whose,
} from '../finding.js'
import { bouncedFinding, groupsWith, isNamed } from '../group-words.js'
import { largestPool } from '../growth.js'

function fragmented(context: Context, group: Group): Reasoned {
  const { device, chosen, total } = group
  const all = total ?? 0
  const used = chosen.used ?? 0
  const free = all - used
  const share = percentWords(used, all)
  const fall = fallAfter(context, group.failures.map(useOfFailure))
  const ask = twice(largestPool(context, group.failures) ?? all)
  const nearlyNone = used >= 0.99 * all
  const largest = (chosen.bytes ?? 0) >= LARGEST_BYTES
  // Were it not for the start at a page, more places would fit than there are used slots.
  const perSegment = Math.floor(SEGMENT_SLOTS / Math.max(chosen.needed ?? 1, 1))
  const atAnySlot = Math.floor(all / SEGMENT_SLOTS) * perSegment
  return bouncedFinding(context, group, {
    certain: used >= atAnySlot,
    askSlots: ask.slots,
    reasons: [
      `${who(device)} asks for ${askedWords(group)}, which needs ${countOf(chosen.needed ?? 0, 'free slot')} in a row` +
        `${largest ? ', a whole segment' : ', within one segment'}. ${free} of ${all} slots were free ` +
        `(${share} in use), but not such a run.`,
      nearlyNone
        ? 'In practice the pool is exhausted.'
        : 'Small mappings are spread all over the pool.',
      ...backWords(fall),
    ],
    advice: [
      ...leakFirst(fall),
      `More slots help: ${ask.words}, if that much is free in one piece (below 4 GiB on most machines).`,
      ...(isNamed(/^virtio_ccw/, device)
        ? ['Guests of IBM Secure Execution are commonly run with swiotlb=262144 (512 MiB).']
        : []),
      SIZE,
      `Or smaller mappings in ${whose(device)}: fewer slots in a row are found more easily.`,
    ],
    unknown: [
      WHO_HOLDS,
      ...whetherBack(context, fall, countersOf(context, group)),
      ...(largest
        ? [
            'Whether the device also keeps an offset: then a mapping of a whole segment never fits, and ' +
              'dma_max_mapping_size() of its driver tells less than 256 KiB.',
          ]
        : []),
    ],
  })
}

export const fragmentedFindings = (context: Context): Reasoned[] =>
  groupsWith(context, 'fragmented', 'full').map((group) => fragmented(context, group))
