/** Predictions against threads: the same workloads, timed here and in virtual time. */
import {
  type Calibration,
  type CostModel,
  calibrate,
  compare,
  type Layout,
  type LineRegime,
  type ScenarioInput,
  type TrackerName,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { type Sorting, sortRounds } from '../regime.js'
import { places, steady } from '../scenarios.js'
import { changedText, figuresText, seriesText, threadWords } from '../text.js'
import {
  inTurns,
  noiseOf,
  overOff,
  overOffByMean,
  standsAs,
  timingSeconds,
  variantOf,
} from '../tries.js'
import { type Attempt, figure, goal } from '../verdict.js'

const trackers = ['off', 'global-atomic', 'per-area'] as const
const STEPS_PER_CPU = 5000
const CALIBRATION_ROUNDS = 20
/** What such a calibration takes, and a prediction, seconds. */
const CALIBRATION_SECONDS = 1
const PREDICTION_SECONDS = 0.2
const ROUNDS = 25

interface Cell {
  readonly threads: number
  readonly placement: 'spread' | 'neighbours'
  readonly bytes: number
  readonly inFlight: number
}

interface Made {
  readonly model: CostModel
  readonly measured: Calibration['measured']
  readonly predicted: ReadonlyMap<string, number>
  /** How the CPUs stood in the rounds that the model is from; null where that was not seen. */
  readonly calibrated: LineRegime | null
  readonly run: VariantTiming
}

function cells(quick: boolean): Cell[] {
  const sizes = quick ? [4096, 65536] : [2048, 4096, 16384, 65536, 262144]
  return places.flatMap(({ threads, placement }) =>
    sizes.flatMap((bytes) => [1, 16].map((inFlight) => ({ threads, placement, bytes, inFlight }))),
  )
}

/** Virtual CPUs are neighbours; areas of a line each stand for areas that are far apart. */
const layoutOf = ({ placement }: Cell): Partial<Layout> => ({
  areaLayout: placement === 'spread' ? 'padded' : 'packed',
})

async function predict(
  cell: Cell,
  input: ScenarioInput,
  costModel: CostModel,
  { signal }: Context,
) {
  const { rows } = await compare(
    { ...input, cpus: cell.threads, steps: STEPS_PER_CPU * cell.threads },
    { engine: 'virtual', machine: { costModel }, trackers, layout: layoutOf(cell), signal },
  )
  return new Map(rows.map((row) => [row.tracker, row.throughput?.vsOff.ratio ?? Number.NaN]))
}

const cellWords = ({ threads, placement, bytes, inFlight }: Cell): string =>
  `${threadWords(threads)}${threads > 1 ? `, ${placement}` : ''}, ${bytes / 1024} KiB, ${inFlight} in flight`

const cellId = ({ threads, placement, bytes, inFlight }: Cell): string =>
  `${threads}-${placement}/${bytes / 1024}-kib/${inFlight}`

/** What else the host does changes its costs within a minute, so each try has a calibration of its own. */
async function make(cell: Cell, context: Context): Promise<Made> {
  const { signal } = context
  const input = steady({ ...cell, copy: false, rounds: ROUNDS }, context)
  const { model, measured, line } = await calibrate({ rounds: CALIBRATION_ROUNDS, signal })
  const predicted = await predict(cell, input, model, context)
  const run = await timeVariants(
    input,
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
  return { model, measured, calibrated: line.regimes[0] ?? null, predicted, run }
}

/** A prediction is a mean; what is measured is shown by the median of chunks and by their mean. */
const measures = [
  {
    of: overOff,
    id: 'virtual-reality',
    words: 'measured',
    target: goal({ atLeast: 0.8, atMost: 1.2 }),
  },
  { of: overOffByMean, id: 'virtual-reality-mean', words: 'the mean of chunks', target: undefined },
] as const
type Measured = (typeof measures)[number]

function attemptOf(
  { predicted, calibrated, run }: Made,
  tracker: TrackerName,
  measured: Measured,
): Attempt {
  const same = standsAs(calibrated, run)
  const timed = variantOf(run, tracker)
  const ratio = predicted.get(tracker)
  if (ratio === undefined) throw new Error(`${tracker} was not predicted`)
  return {
    rounds: measured.of(timed).map((one, i) => (same[i] ? ratio / one : Number.NaN)),
    noise: noiseOf(run),
    run,
  }
}

/**
 * Rounds that cannot be compared, in words; nothing where there are none. Those that changed under
 * way are told elsewhere.
 */
export function moved(
  made: readonly Pick<Made, 'calibrated' | 'run'>[],
  sorting: Sorting,
): string[] {
  const away = made.reduce((sum, { calibrated, run }) => {
    const places = sorting.placesOf(run, run.timing.rounds)
    const same = standsAs(calibrated, run)
    return sum + same.filter((one, i) => !one && places[i] !== null).length
  }, 0)
  if (away === 0) return []
  return [
    `  left out: ${away} rounds in which the CPUs stood otherwise than in the calibration, ` +
      'or in which that was not seen',
  ]
}

/** Null where in no round of any try the CPUs stood as in its calibration. */
function figureOf(
  cell: Cell,
  tracker: 'global-atomic' | 'per-area',
  tries: readonly Made[],
  sorting: Sorting,
  measured: Measured,
): Figure | null {
  const attempts = tries.map((made) => attemptOf(made, tracker, measured))
  if (attempts.every(({ rounds }) => rounds.every(Number.isNaN))) return null
  return figure(
    {
      id: `${measured.id}/${tracker}/${cellId(cell)}`,
      what: `${tracker}, ${cellWords(cell)}`,
      series: `predicted / ${measured.words}, ${tracker}`,
      ...(measured.target && { target: measured.target }),
    },
    attempts,
    sorting,
  )
}

export const virtualReality: Part = {
  name: 'virtual-reality',
  question: 'do predictions for 1 and 2 CPUs agree with threads on this host',
  seconds: (context) =>
    cells(context.quick).length *
    context.tries *
    (CALIBRATION_SECONDS +
      PREDICTION_SECONDS +
      timingSeconds({ variants: trackers.length + 1, rounds: ROUNDS }, context)),
  run: async (context) => {
    const all = cells(context.quick)
    const made = await inTurns(all, context, (cell, number) => {
      context.progress(`${cellWords(cell)}, try ${number}`)
      return make(cell, context)
    })
    const sorting = sortRounds(made.flat().map(({ run }) => run))
    const [figures, byMean] = measures.map((measured) =>
      (['global-atomic', 'per-area'] as const).flatMap((tracker) =>
        all.flatMap((cell, i) => figureOf(cell, tracker, made[i] ?? [], sorting, measured) ?? []),
      ),
    ) as [Figure[], Figure[]]
    return {
      text: [
        'no copies; predicted x off over measured x off; each try has a cost model of its own,',
        'calibrated right before it',
        '',
        figuresText(figures),
        '',
        seriesText(figures),
        '',
        'by the mean of chunks, which a prediction is, instead of their median (no targets)',
        figuresText(byMean),
        `  ${figures.length} of ${2 * all.length} cells have a figure`,
        ...moved(made.flat(), sorting),
        ...changedText(
          made.flat().map(({ run }) => run),
          sorting,
        ),
      ].join('\n'),
      figures: [...figures, ...byMean],
      data: all.map((cell, i) => ({
        cell,
        tries: (made[i] ?? []).map(({ predicted, ...attempted }) => ({
          ...attempted,
          predicted: Object.fromEntries(predicted),
        })),
      })),
    }
  },
}
