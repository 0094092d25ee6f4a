/** There was room, and not at the alignment that the device needs. */
import { isBefore } from '../../boot/family.js'
import { countOf, SEGMENT_SLOTS, verbOf } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { placesFor } from '../arithmetic.js'
import type { Context } from '../context.js'
import { askedWords, type Group, who, whose } from '../finding.js'
import { groupFinding, groupsWith } from '../group-words.js'

function misaligned(context: Context, group: Group): Reasoned {
  const { device, chosen, total } = group
  const places = placesFor(total ?? 0, chosen.bytes ?? 0)
  const version = context.versionOf(chosen.boot)
  const counts = version !== undefined && !isBefore(version, 7, 3)
  const wholeSegment = (chosen.used ?? 0) < Math.floor((total ?? 0) / SEGMENT_SLOTS)
  return groupFinding(context, group, {
    certain: !counts,
    reasons: [
      `${who(device)} asks for ${askedWords(group)}: ${countOf(chosen.needed ?? 0, 'slot')}, which a segment has room for.`,
      `The pool of ${total} slots has ${countOf(places, 'place')} side by side where that fits. Each used slot can ` +
        `spoil one of them at most, and ${chosen.used} ${verbOf(chosen.used ?? 0, 'was', 'were')} in use: at least ` +
        `${countOf(places - (chosen.used ?? 0), 'place')} ${verbOf(places - (chosen.used ?? 0), 'was', 'were')} free from end to end.`,
      'So what the device asks for besides the size ruled them out: the offset that it keeps ' +
        '(min_align_mask), an alignment, or a boundary that it must not cross.',
    ],
    advice: [
      `In ${whose(device)}: stay below dma_max_mapping_size(), which takes the offset into account (252 KiB ` +
        'where an offset within 4 KiB is kept).',
      'Where the alignment is the reason: dma_set_min_align_mask() and dma_set_seg_boundary() of the driver, ' +
        'and the granule of the IOMMU.',
      'A larger pool does not help: there was room.',
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
