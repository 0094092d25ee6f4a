/** What to change in a tracker whose verdict is not about its promise. */
import { slotWords } from '../data/units.js'
import type { Differ, Finding } from '../results/check.js'

/**
 * A file may count or sum: nothing here knows which.
 *
 * @param finding its slots at rest, and whether the pool of the schedule that showed it can grow
 */
export function usedAdvice({
  usedSlots,
  liveSlots,
  pool,
}: Pick<Finding, 'usedSlots' | 'liveSlots'> & {
  readonly pool: Pick<Finding['pool'], 'grow'>
}): string {
  const off = usedSlots - liveSlots
  const count =
    `a counter has ${off > 0 ? 'gained' : 'lost'} ${slotWords(Math.abs(off))}: each unmap must take ` +
    'off what its map has added, and no update of it may be lost'
  const sum = 'a sum must be that of what is mapped at rest, as of mem_areas_used(mem)'
  if (!pool.grow) return `${count}; ${sum}`
  return (
    `${count}; ${sum}; transient pools are in no area that it sums, so add ` +
    'atomic_long_read(&mem->transient_nslabs), or say .until = TRACKER_UNTIL_TRANSIENT in ' +
    'tracker_bounds()'
  )
}

/** `two runs of one schedule differ (seed 4): one reported 3 slots, ...`, and why that may be. */
export function differWords({ seed, runs }: Differ): string {
  const apart = runs[0].lowerSlots !== runs[1].lowerSlots
  const [first, second] = runs.map(
    ({ reportedSlots, usedSlots, lowerSlots, accesses }) =>
      `reported ${reportedSlots} and used ${slotWords(usedSlots)} ` +
      (apart ? `(${lowerSlots ?? 'nothing'} for certain) ` : '') +
      `after ${accesses} shared accesses`,
  )
  return (
    `two runs of one schedule differ (seed ${seed}): the first ${first}, the second ${second}; what ` +
    'a tracker does must hang on its own words alone: keep nothing in static variables, and ask ' +
    'nothing of the machine, such as a clock or an address'
  )
}
