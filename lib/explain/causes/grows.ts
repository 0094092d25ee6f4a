/** Two read-outs, of which the second has more in use: too few to call it a leak. */
import { countOf, formatDuration, verbOf } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { type Context, numberOf } from '../context.js'
import { finding, fullness, WATCH, WHO_HOLDS } from '../finding.js'
import { groupBy } from '../group.js'

export function growsFindings(context: Context): Reasoned[] {
  const series = groupBy(
    context.samples.filter((sample) => numberOf(sample, 'used') !== null),
    ({ boot, pool }) => `${boot} ${pool}`,
  )
  return [...series.values()].flatMap((samples) => {
    const [first, second] = samples
    if (!first || !second || samples.length > 2) return []
    const [before, after] = [numberOf(first, 'used') ?? 0, numberOf(second, 'used') ?? 0]
    const total = numberOf(second, 'nslabs') ?? numberOf(first, 'nslabs')
    if (after <= before || (total !== null && after > total)) return []
    const more = after - before
    const rest = total === null ? null : Math.floor((total - after) / more)
    return [
      finding({
        cause: 'grows',
        certain: true,
        ...fullness(total, after),
        lines: samples.flatMap(({ lines }) => lines),
        reasons: [
          `From one read-out to the next the use grew from ${before} to ${countOf(after, 'slot')}, by ${more}.` +
            (rest === null
              ? ''
              : ` If it goes on like that, the pool is full after ${rest} more such ${verbOf(rest, 'time', 'times')}` +
                `${rest > 0 ? ` (${formatDuration(rest * MINUTE_MS)}, if a minute lay between them)` : ''}.`),
        ],
        advice: [
          `If nothing ran between the two, these slots are not given back: that is a leak. ${WATCH}`,
        ],
        unknown: [
          'Whether the load grew, or use that is never given back: two read-outs do not tell. Read once more at rest, a minute later.',
          WHO_HOLDS,
        ],
      }),
    ]
  })
}

const MINUTE_MS = 60_000
