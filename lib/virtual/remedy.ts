/** What to change in a tracker whose `used` is wrong. */
import type { Finding } from './types.js'

/** @param pool of the schedule that showed it */
export function usedRemedy({ pool }: { readonly pool: Pick<Finding['pool'], 'grow'> }): string {
  const sum = 'tracker_used() must say what is mapped at rest, as mem_areas_used(mem) does'
  if (!pool.grow) return sum
  return (
    `${sum}; transient pools are in no area that it sums, so add ` +
    'atomic_long_read(&mem->transient_nslabs), or say .until = TRACKER_UNTIL_TRANSIENT in ' +
    'tracker_bounds()'
  )
}
