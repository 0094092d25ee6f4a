/** A replayed trace. */
import { countOf, formatSlots } from '../../../data/units.js'
import { brokeItsPromise } from '../../../results/replay.js'
import { lookWords } from '../../parts/booked.js'
import { topologyWords } from '../../parts/notes.js'
import { fileWords } from '../../parts/tracker-files.js'
import { shortPath } from '../../words.js'
import type { PageReplay } from '../documents/replay.js'
import type { Kinds } from '../kinds.js'
import { bookedFigure } from '../views/booked.js'
import { courseFigure } from '../views/course.js'
import { frontierFigure } from '../views/frontier.js'
import { marksFigure } from '../views/marks.js'
import { percentileFigures } from '../views/percentiles.js'
import { ratioFigure } from '../views/ratios.js'
import { whereFigures } from '../views/where.js'
import { NO_HOST, type Section } from './section.js'

function kernelWords({ kernel, sameAsKernel }: PageReplay): string[] {
  if (!kernel) return []
  const own = `The kernel's own mark is ${formatSlots(kernel.hiwaterSlots)} (from ${kernel.source})`
  if (sameAsKernel === null) return [`${own}; it cannot be compared with this replay.`]
  return [
    `${own}: ${sameAsKernel ? 'the same as that of the replay' : 'another than that of the replay'}.`,
  ]
}

function lostWords({ trace: { lost } }: PageReplay): string[] {
  if (lost.events === 0 && lost.reasons.length === 0) return []
  const events = lost.events > 0 ? countOf(lost.events, 'event') : 'an unknown number of events'
  return [`incomplete: ${events} lost (${lost.reasons.join('; ')})`]
}

/** Its marks, and what was predicted, in the form of a comparison. */
export const costedOf = ({ rows, machine, peakSlots }: PageReplay) => ({
  rows: rows.map((row) => {
    const truthSlots = row.predicted?.truthSlots ?? { low: peakSlots, high: peakSlots }
    return {
      ...row,
      truthSlots,
      promiseBroken: brokeItsPromise(row),
      accuracy: { ...row, truthSlots },
      throughput: row.predicted?.throughput ?? null,
      throughputNoCopy: row.predicted?.throughputNoCopy ?? null,
      frontier: row.predicted?.frontier === true,
      offFrontier: row.predicted?.offFrontier,
    }
  }),
  timing: null,
  timingNoCopy: null,
  machine,
})

export function replaySection(replay: PageReplay, kinds: Kinds): Section {
  const { trace, pool, rows, machine, peakSlots, usedCourse, sampling } = replay
  const costed = costedOf(replay)
  const since = replay.resets > 0 ? 'Since its last reset the replay' : 'The replay'
  return {
    title: shortPath(trace.file),
    findings: [
      `${since} peaks at ${formatSlots(peakSlots)}${machine ? ' without tracking' : ''}.`,
      ...kernelWords(replay),
      ...(replay.failedMaps > 0
        ? [
            `${countOf(replay.failedMaps, 'map')} failed; had each been served, the peak would have been ${formatSlots(replay.demandPeakSlots)}.`,
          ]
        : []),
    ],
    facts: [
      ['trace', `${trace.file}: ${trace.format}, ${countOf(trace.events, 'event')}`],
      ['operations', `${countOf(replay.maps, 'map')}, ${countOf(replay.unmaps, 'unmap')}`],
      ['pool', `${formatSlots(pool.nslabs)} in ${countOf(pool.nareas, 'area')} at ${pool.start}`],
      NO_HOST,
      ...(machine
        ? [
            ['cost model', `${machine.costModel.name}: ${machine.costModel.description}`] as const,
            ['machine', topologyWords(machine)] as const,
          ]
        : []),
    ],
    warnings: [...lostWords(replay), ...fileWords(replay.own), ...replay.warnings],
    figures: [
      ...(machine ? ratioFigure(costed) : []),
      // Results that were kept before know nothing of it.
      ...(rows.some(({ predicted }) => predicted?.frontier !== undefined)
        ? frontierFigure(costed, kinds)
        : []),
      ...marksFigure(costed.rows, kinds),
      ...courseFigure(
        usedCourse && {
          used: usedCourse,
          rows,
          poolSlots: pool.nslabs,
          unit: 'operation',
        },
        kinds,
      ),
      ...(machine
        ? [...whereFigures(rows, machine.copy), ...percentileFigures(costed, kinds)]
        : bookedFigure(
            [
              ...rows.map(({ tracker, bookedSlots, reportedSlots }) => ({
                name: tracker,
                tracker,
                bookedSlots,
                reportedSlots,
                served: null,
              })),
              ...sampling.map(({ periodS, bookedSlots, medianSlots }) => ({
                name: lookWords(periodS),
                bookedSlots,
                reportedSlots: medianSlots,
                served: null,
              })),
            ],
            { slots: replay.bookedSlots, words: 'By the peak' },
            kinds,
          )),
    ],
    notes: [],
  }
}
