/** What to change in a tracker whose verdict is not about its promise. */
import { slotWords } from '../data/units.js'
import type { Differ, Finding } from '../results/check.js'

/** @param pool of the schedule that showed it */
export function usedAdvice({ pool }: { readonly pool: Pick<Finding['pool'], 'grow'> }): string {
  const sum = 'tracker_used() must say what is mapped at rest, as mem_areas_used(mem) does'
  if (!pool.grow) return sum
  return (
    `${sum}; transient pools are in no area that it sums, so add ` +
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
