/** Enough slots are free, and no run of them. */
import { countOf, PRACTICALLY_FULL, SEGMENT_SLOTS } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import { askFor } from '../ask.js'
import type { Context } from '../context.js'
import { backWords, fallAfter, useOfFailure } from '../fallen.js'
import {
  askedWords,
  countersOf,
  firstSteps,
  type Group,
  percentWords,
  SIZE,
  WHO_HOLDS,
  whetherBack,
  who,
  whose,
} from '../finding.js'
import { bouncedFinding, groupsWith, isNamed } from '../group-words.js'
import { largestPool } from '../growth.js'

/** What guests of IBM Secure Execution are commonly given. */
const SECURE_EXECUTION_SLOTS = 262144

function fragmented(context: Context, group: Group): Reasoned {
  const { device, chosen, total } = group
  const all = total ?? 0
  const used = chosen.used ?? 0
  const free = all - used
  const share = percentWords(used, all)
  const fall = fallAfter(context, group.failures.map(useOfFailure))
  const counters = countersOf(context, group)
  const begin = fall?.back ? 'More slots help' : 'More slots help, if it is no leak'
  const ask = askFor(context, largestPool(context, group.failures), begin)
  const nearlyNone = used >= PRACTICALLY_FULL * all
  const largest = (chosen.bytes ?? 0) >= LARGEST_BYTES
  // Were it not for the start at a page, more places would fit than there are used slots.
  const perSegment = Math.floor(SEGMENT_SLOTS / Math.max(chosen.needed ?? 1, 1))
  const atAnySlot = Math.floor(all / SEGMENT_SLOTS) * perSegment
  return bouncedFinding(context, group, {
    certain: used >= atAnySlot,
    askSlots: ask.askSlots,
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
      ...firstSteps(context, fall, chosen.boot, counters),
      ...ask.advice,
      ...(isNamed(/^virtio_ccw/, device) && all < SECURE_EXECUTION_SLOTS
        ? [
            `Guests of IBM Secure Execution are commonly run with swiotlb=${SECURE_EXECUTION_SLOTS} (512 MiB).`,
          ]
        : []),
      SIZE,
      `Smaller mappings in ${whose(device)} help as well: fewer slots in a row are found more easily.`,
    ],
    unknown: [
      WHO_HOLDS,
      ...whetherBack(context, fall, counters),
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
