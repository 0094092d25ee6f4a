/** There was room, and not at the alignment that the device needs. */
import { isBefore } from '../../boot/family.js'
import { countOf, SEGMENT_SLOTS, verbOf } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { freeBySpread, givenBackSince, placesFor } from '../arithmetic.js'
import type { Context } from '../context.js'
import { askedWords, type Group, who, whose } from '../finding.js'
import { groupFinding, groupsWith } from '../group-words.js'

/** With so many mappings that came back behind the search, and more, a count is taken for the pool's. */
const MANY_BACK = 16
/** And with at most this share of the places spoilt. */
const FAR_BELOW = 1 / 2

interface Numbers {
  readonly total: number
  readonly bytes: number
  readonly used: number
  readonly places: number
}

const numbersOf = ({ total, chosen }: Group): Numbers => {
  const all = total ?? 0
  const bytes = chosen.bytes ?? 0
  return { total: all, bytes, used: chosen.used ?? 0, places: placesFor(all, bytes) }
}

/** Whether the count is far from where it could mean anything else. */
const isFarBelow = ({ total, bytes, used, places }: Numbers): boolean =>
  used <= places * FAR_BELOW && givenBackSince(total, bytes, used) >= MANY_BACK

/** That there was room: proven, or as likely as it is. */
function roomWords({ total, bytes, used, places }: Numbers): string {
  const pool = `The pool of ${total} slots has ${countOf(places, 'place')} side by side where that fits.`
  const inUse = `${used} ${verbOf(used, 'was', 'were')} in use`
  if (used >= places) {
    const left = Math.floor(freeBySpread(total, bytes, used))
    return (
      `${pool} ${inUse}, which could spoil each of them; small mappings all over the pool, placed at random, would have ` +
      `left about ${left} of them free.`
    )
  }
  const free = places - used
  return (
    `${pool} Each used slot can spoil one of them at most, and ${inUse}: at least ${countOf(free, 'place')} ` +
    `${verbOf(free, 'was', 'were')} free from end to end.`
  )
}

const BESIDES =
  'the offset that it keeps (min_align_mask), an alignment, or a boundary that it must not cross'

function whyWords(numbers: Numbers): string {
  if (isFarBelow(numbers))
    return `So what the device asks for besides the size ruled them out: ${BESIDES}.`
  const back = givenBackSince(numbers.total, numbers.bytes, numbers.used)
  const burst =
    back === 0
      ? 'or the pool was fuller a moment before: the kernel counts after it has searched'
      : 'or the pool was full a moment before: the kernel counts after it has searched, and with ' +
        `${countOf(back, 'mapping')} given back in between it prints the same`
  return `Most likely what the device asks for besides the size ruled them out: ${BESIDES}; ${burst}.`
}

function misaligned(context: Context, group: Group): Reasoned {
  const { device, chosen } = group
  const numbers = numbersOf(group)
  const { total, used } = numbers
  const version = context.versionOf(chosen.boot)
  const counts = version !== undefined && !isBefore(version, 7, 3)
  const wholeSegment = used < Math.floor(total / SEGMENT_SLOTS)
  const far = isFarBelow(numbers)
  return groupFinding(context, group, {
    certain: !counts && far,
    reasons: [
      `${who(device)} asks for ${askedWords(group)}: ${countOf(chosen.needed ?? 0, 'slot')}, which a segment has room for.`,
      roomWords(numbers),
      whyWords(numbers),
    ],
    advice: [
      far
        ? "Leave the pool's size as it is: there was room. A larger pool does not help."
        : "Leave the pool's size as it is until this is seen again. Where the lines always tell of so few slots in use, a larger " +
          'pool does not help; where others tell of a pool that is nearly full, it is short of slots at times.',
      `In ${whose(device)}: stay below dma_max_mapping_size(), which takes the offset into account (252 KiB ` +
        'where an offset within 4 KiB is kept).',
      'Where the alignment is the reason: dma_set_min_align_mask() and dma_set_seg_boundary() of the driver, ' +
        'and the granule of the IOMMU.',
    ],
    unknown: [
      'Which of them it was: `uname -r` for the kernel, and the masks that the driver sets.',
      // With fewer used slots than segments a whole segment was free, whatever a page is.
      ...(wholeSegment
        ? []
        : [
            'With pages larger than 4 KiB (some arm64 kernels) mappings begin at whole pages, and fewer places fit: ' +
              '`getconf PAGE_SIZE`.',
          ]),
      ...(counts
        ? ['Since 7.3 the count of used slots can be too low: then the pool may have been fuller.']
        : []),
    ],
  })
}

export const misalignedFindings = (context: Context): Reasoned[] =>
  groupsWith(context, 'misaligned', 'empty').map((group) => misaligned(context, group))
