/** Curves of a contended word that others have published, beside what virtual time gives. */
import { type PredictedLoop, predictLoop } from 'swiotlb-lab'
import { type Curve, costModelOf, curves } from '../curves.js'
import type { Part } from '../part.js'
import { ns, table } from '../text.js'
import { exactFigure } from '../verdict.js'

interface Point {
  readonly cpus: number
  readonly published: number
  readonly predicted: number
  /** Locked instructions for one change. */
  readonly attempts: number
  /** A cost was taken from this point. */
  readonly given: boolean
}

const ratioOf = ({ predicted, published }: Point): number => predicted / published

/** CPUs begin at other moments with each: the mean of what they give is predicted. */
const SEEDS = [1, 2, 3] as const

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** @param every one of so many points, and the last */
export async function pointsOf(
  curve: Curve,
  every: number,
  signal?: AbortSignal,
): Promise<Point[]> {
  const costModel = costModelOf(curve)
  const { cpus: machineCpus, ...machine } = curve.topology
  const { operation } = curve
  const last = curve.points.length - 1
  const points: Point[] = []
  for (const { cpus, ns: published } of curve.points.filter(
    (_, i) => i % every === 0 || i === last,
  )) {
    const runs: PredictedLoop[] = []
    for (const seed of SEEDS) {
      runs.push(
        await predictLoop({ machineCpus, cpus, operation, machine, costModel, seed, signal }),
      )
    }
    points.push({
      cpus,
      published,
      predicted: mean(runs.map(({ nsPerChange }) => nsPerChange)),
      attempts: mean(runs.map(({ attempts }) => attempts)),
      given: curve.given.includes(cpus),
    })
  }
  return points
}

const COSTS = ['atomic', 'core', 'complex', 'socket', 'hold'] as const

/** `core 59 ns: where it comes from`, for what the loop takes its time from. */
function costLines(curve: Curve): string[] {
  const { costs } = costModelOf(curve)
  return COSTS.flatMap((name) => {
    const cost = costs[name]
    return cost ? [`  ${name} ${cost.value} ns: ${cost.source}`] : []
  })
}

/** The least and the most of the ratios of the points that no cost was taken from. */
function rangeOf(points: readonly Point[]): string {
  const own = points.filter(({ given }) => !given)
  const by = [...own].sort((a, b) => ratioOf(a) - ratioOf(b))
  const [least, most] = [by[0], by.at(-1)]
  if (!least || !most) return 'no point is predicted'
  return (
    `predicted / published: ${ratioOf(least).toFixed(2)} (${least.cpus} CPUs) to ` +
    `${ratioOf(most).toFixed(2)} (${most.cpus} CPUs), in ${own.length} points`
  )
}

function curveText(curve: Curve, points: readonly Point[]): string {
  const rows = points.map((point) => [
    String(point.cpus),
    ns(point.published),
    ns(point.predicted),
    `${ratioOf(point).toFixed(2)}${point.given ? ' *' : ''}`,
    point.attempts.toFixed(2),
  ])
  return [
    `${curve.name}: ${curve.machine}`,
    `  ${curve.what}`,
    `  ${curve.source}`,
    ...costLines(curve),
    ...curve.notes.map((note) => `  note: ${note}`),
    '',
    table(['CPUs', 'published ns', 'predicted ns', 'ratio', 'locked ops predicted'], rows),
    rangeOf(points),
  ].join('\n')
}

const EXPLANATION = [
  '*: a cost was taken from this point, so that it says nothing.',
  'Times are of one CPU for one change of the word. The engine serves CPUs in the order in which they',
  'asked, and how many changes a CPU makes before the line leaves it follows from hold and atomic alone.',
  'A processor may serve near CPUs before far ones: then it is quicker than predicted where they are in',
  'several complexes or sockets. What changes the word where it lies, instead of moving its line, is not',
  'modelled at all.',
] as const

export const publishedCurves: Part = {
  name: 'published-curves',
  question: 'a word that many CPUs change, predicted beside curves that others have published',
  seconds: ({ quick }) => (quick ? 5 : 20),
  run: async ({ quick, signal, progress }) => {
    const all: { readonly curve: Curve; readonly points: readonly Point[] }[] = []
    for (const curve of curves()) {
      progress(curve.name)
      all.push({ curve, points: await pointsOf(curve, quick ? 4 : 1, signal) })
    }
    const figures = all.flatMap(({ curve, points }) =>
      points
        .filter(({ given }) => !given)
        .map((point) =>
          exactFigure(
            {
              id: `published-curves/${curve.name}/${point.cpus}`,
              what: `${curve.name}, ${point.cpus} CPUs`,
              series: `predicted / published, ${curve.name}`,
            },
            ratioOf(point),
          ),
        ),
    )
    return {
      text: [
        ...all.map(({ curve, points }) => curveText(curve, points)),
        EXPLANATION.join('\n'),
      ].join('\n\n'),
      figures,
      data: all.map(({ curve, points }) => ({ curve: curve.name, points })),
    }
  },
}
