/** What is told of a trace of the standard events: what is missing in it, and what it cannot say. */
import { countOf, verbOf } from '../../data/units.js'
import type { Emitted } from '../steps/emit.js'

/** Why events must have been lost, by what does not fit together. */
export function reasonsOf(
  {
    lostUnmaps,
    lostMaps,
    withoutBounce,
  }: Pick<Emitted, 'lostUnmaps' | 'lostMaps' | 'withoutBounce'>,
  bounces: number,
): string[] {
  const reasons: string[] = []
  if (lostUnmaps > 0) {
    reasons.push(
      `${countOf(lostUnmaps, 'unmap')} ${verbOf(lostUnmaps, 'is', 'are')} missing: slots were taken again before they were freed`,
    )
  }
  if (lostMaps > 0) {
    reasons.push(
      `${countOf(lostMaps, 'map')} ${verbOf(lostMaps, 'is', 'are')} missing: only the unmap was seen`,
    )
  }
  if (withoutBounce > 0 && bounces > 0) {
    reasons.push(
      `${countOf(withoutBounce, 'map')} into the pool ${verbOf(withoutBounce, 'is', 'are')} known without swiotlb_bounced`,
    )
  }
  return reasons
}

interface Seen {
  /** Events swiotlb_bounced, and those of them that fit a map. */
  readonly bounces: number
  readonly joined: number
  readonly unknownLists: number
  /** Slots that were live before the trace, and have no place. */
  readonly unplaced: number
}

export function warningsOf({ bounces, joined, unknownLists, unplaced }: Seen): string[] {
  const warnings: string[] = []
  if (bounces === 0) {
    warnings.push(
      'no swiotlb_bounced events: maps are counted after their copy, so peaks are too low',
    )
  } else if (joined === 0) {
    warnings.push(
      `none of the ${bounces} swiotlb_bounced fits a dma_map of its thread, device, address and size`,
    )
  }
  if (unknownLists > 0) {
    warnings.push(
      `${unknownLists} dma_unmap_sg of no dma_map_sg in the trace: what was freed is unknown`,
    )
  }
  if (unplaced > 0) {
    warnings.push(
      `${countOf(unplaced, 'slot')} ${verbOf(unplaced, 'was', 'were')} live before the trace, but the pool's start is unknown: they stay in use to the end`,
    )
  }
  return warnings
}
