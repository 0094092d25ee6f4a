/** How far each tracker's mark is from the peak that really was, as the areas become more. */
import { type Comparison, compare, type Row, review, type TrackerName } from 'swiotlb-lab'
import type { Goal, Part } from '../part.js'
import { goalsText, table } from '../text.js'
import { exactGoal } from '../verdict.js'

const trackers = ['global-atomic', 'per-area', 'sampled'] as const satisfies readonly TrackerName[]

const SLOTS_PER_MIB = 512
const mib = (slots: number): number => slots / SLOTS_PER_MIB

/** One comparison of the series: what one tracker said beside the truth, in MiB. */
interface Point {
  readonly areas: number
  readonly truth: number
  readonly reported: Readonly<Record<(typeof trackers)[number], number>>
}

function pointOf({ pool, rows }: Comparison): Point {
  const of = (tracker: TrackerName): Row => {
    const found = rows.find((row) => row.tracker === tracker)
    if (!found) throw new Error(`no row of ${tracker}`)
    return found
  }
  const said = (tracker: TrackerName): number => mib(of(tracker).accuracy.reportedSlots ?? 0)
  return {
    areas: pool.areas,
    truth: mib(of('global-atomic').accuracy.truthSlots.high),
    reported: {
      'global-atomic': said('global-atomic'),
      'per-area': said('per-area'),
      sampled: said('sampled'),
    },
  }
}

function goalsOf(points: readonly Point[]): Goal[] {
  const [first] = points
  if (!first) throw new Error('nothing was measured')
  const at = `${first.areas} areas`
  const errors = points.map(({ truth, reported }) => reported['per-area'] - truth)
  const grows = errors.every((error, i) => i === 0 || error > (errors[i - 1] as number))
  const worst = (tracker: (typeof trackers)[number]): number =>
    Math.max(...points.map(({ truth, reported }) => Math.abs(reported[tracker] - truth)))
  const overshoot = Math.max(...points.map(({ truth, reported }) => reported.sampled - truth))
  const inRange = first.truth >= 4 && first.truth <= 5
  return [
    exactGoal(`peak that really was, ${at}`, '4 to 5 MiB', first.truth, inRange),
    exactGoal(
      'largest error of global-atomic',
      'none',
      worst('global-atomic'),
      worst('global-atomic') === 0,
    ),
    exactGoal(
      `per-area reports, ${at}`,
      'at least 16 MiB',
      first.reported['per-area'],
      first.reported['per-area'] >= 16,
    ),
    exactGoal(
      'error of per-area, most areas',
      'grows with the areas',
      errors.at(-1) as number,
      grows,
    ),
    exactGoal('sampled above the peak', 'never', Math.max(0, overshoot), overshoot <= 0),
  ]
}

function text(points: readonly Point[]): string {
  const cell = (reported: number, truth: number): string => {
    const error = reported - truth
    if (error === 0) return `${reported.toFixed(2)} MiB (exact)`
    return `${reported.toFixed(2)} MiB (${error > 0 ? '+' : '-'}${Math.abs(error).toFixed(2)})`
  }
  return table(
    ['areas', 'pool', 'peak that really was', ...trackers],
    points.map(({ areas, truth, reported }) => [
      String(areas),
      `${areas * 8} MiB`,
      `${truth.toFixed(2)} MiB`,
      ...trackers.map((tracker) => cell(reported[tracker], truth)),
    ]),
  )
}

export const accuracySeries: Part = {
  name: 'accuracy',
  question: 'the error of each mark in the example of the review, from 8 to 128 areas',
  run: async ({ quick, signal, progress }) => {
    const comparisons: Comparison[] = []
    for (const areas of quick ? [8, 16, 32] : [8, 16, 32, 64, 128]) {
      progress(`${areas} areas`)
      comparisons.push(await compare(review(areas), { trackers, timing: false, signal }))
    }
    const points = comparisons.map(pointOf)
    const goals = goalsOf(points)
    return {
      text: [
        'serial engine, exact truth; areas of 8 MiB, reported (error), MiB',
        '',
        text(points),
        '',
        goalsText(goals),
      ].join('\n'),
      goals,
      data: comparisons,
    }
  },
}
