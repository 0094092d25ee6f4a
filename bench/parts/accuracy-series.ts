/** How far each tracker's mark is from the peak that really was, as the areas become more. */
import { type Comparison, compare, type Row, review, type TrackerName } from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Part } from '../part.js'
import { figuresText, table } from '../text.js'
import { exactFigure, regressionValue } from '../verdict.js'

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

/** The scenario was made after the example of the review. */
const MADE_FOR = 'the scenario was made to give it'
const BY_DESIGN = 'what the tracker is by its design, with one operation after another'

function figuresOf(points: readonly Point[]): Figure[] {
  const [first] = points
  if (!first) throw new Error('nothing was measured')
  const errors = points.map(({ truth, reported }) => reported['per-area'] - truth)
  const growth = errors.slice(1).map((error, i) => error / (errors[i] as number))
  const worst = (tracker: (typeof trackers)[number]): number =>
    Math.max(...points.map(({ truth, reported }) => Math.abs(reported[tracker] - truth)))
  const overshoot = Math.max(...points.map(({ truth, reported }) => reported.sampled - truth))
  const point = ({ areas, truth, reported }: Point): Figure[] => [
    exactFigure(
      {
        id: `accuracy/${areas}/truth`,
        what: `peak that really was, ${areas} areas`,
        unit: 'MiB',
        ...(areas === first.areas && {
          target: regressionValue(MADE_FOR, { atLeast: 4, atMost: 5 }),
        }),
      },
      truth,
    ),
    exactFigure(
      {
        id: `accuracy/${areas}/per-area`,
        what: `per-area reports, ${areas} areas`,
        unit: 'MiB',
        ...(areas === first.areas && { target: regressionValue(MADE_FOR, { atLeast: 16 }) }),
      },
      reported['per-area'],
    ),
  ]
  return [
    ...points.flatMap(point),
    exactFigure(
      {
        id: 'accuracy/growth',
        what: 'error of per-area, twice the areas over once, the least',
        target: regressionValue(MADE_FOR, { atLeast: 1 }),
      },
      Math.min(...growth),
    ),
    exactFigure(
      {
        id: 'accuracy/global-atomic-error',
        what: 'largest error of global-atomic',
        unit: 'MiB',
        target: regressionValue(BY_DESIGN, { atMost: 0 }),
      },
      worst('global-atomic'),
    ),
    exactFigure(
      {
        id: 'accuracy/sampled-over',
        what: 'sampled above the peak, the most',
        unit: 'MiB',
        target: regressionValue(BY_DESIGN, { atMost: 0 }),
      },
      Math.max(0, overshoot),
    ),
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
  seconds: ({ quick }) => (quick ? 2 : 15),
  run: async ({ quick, signal, progress }) => {
    const comparisons: Comparison[] = []
    for (const areas of quick ? [8, 16, 32] : [8, 16, 32, 64, 128]) {
      progress(`${areas} areas`)
      comparisons.push(await compare(review(areas), { trackers, timing: false, signal }))
    }
    const points = comparisons.map(pointOf)
    const figures = figuresOf(points)
    return {
      text: [
        'serial engine, exact truth; areas of 8 MiB, reported (error), MiB',
        '',
        text(points),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: comparisons,
    }
  },
}
