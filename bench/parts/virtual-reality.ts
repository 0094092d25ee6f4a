/** Predictions against threads: the same workloads, timed here and in virtual time. */
import {
  type Calibration,
  type CostModel,
  calibrate,
  compare,
  type Layout,
  type ScenarioInput,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { type Sorting, sortRounds } from '../regime.js'
import { steady } from '../scenarios.js'
import { changedText, figuresText, seriesText, threadWords } from '../text.js'
import { inTurns, noiseOf, quotients, roundsOf, timingSeconds } from '../tries.js'
import { figure, goal } from '../verdict.js'

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
  readonly run: VariantTiming
}

function cells(quick: boolean): Cell[] {
  const machines = [
    { threads: 1, placement: 'spread' },
    { threads: 2, placement: 'spread' },
    { threads: 2, placement: 'neighbours' },
  ] as const
  const sizes = quick ? [4096, 65536] : [2048, 4096, 16384, 65536, 262144]
  return machines.flatMap((machine) =>
    sizes.flatMap((bytes) => [1, 16].map((inFlight) => ({ ...machine, bytes, inFlight }))),
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
  const { quick, signal } = context
  const input = steady({ ...cell, copy: false, rounds: quick ? 9 : ROUNDS }, context)
  const { model, measured } = await calibrate({ rounds: CALIBRATION_ROUNDS, signal })
  const predicted = await predict(cell, input, model, context)
  const run = await timeVariants(
    input,
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
  return { model, measured, predicted, run }
}

function figureOf(
  cell: Cell,
  tracker: 'global-atomic' | 'per-area',
  tries: readonly Made[],
  sorting: Sorting,
): Figure {
  return figure(
    {
      id: `virtual-reality/${tracker}/${cellId(cell)}`,
      what: `${tracker}, ${cellWords(cell)}`,
      series: `predicted / measured, ${tracker}`,
      target: goal({ atLeast: 0.8, atMost: 1.2 }),
    },
    tries.map(({ predicted, run }) => {
      const [off] = run.variants
      const timed = run.variants.find((variant) => variant.tracker === tracker)
      const ratio = predicted.get(tracker)
      if (!off || !timed || ratio === undefined) throw new Error(`${tracker} was not timed`)
      return {
        rounds: quotients(roundsOf(timed), roundsOf(off)).map((measured) => ratio / measured),
        noise: noiseOf(run),
        run,
      }
    }),
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
      timingSeconds({ variants: trackers.length, rounds: ROUNDS }, context)),
  run: async (context) => {
    const all = cells(context.quick)
    const made = await inTurns(all, context, (cell, number) => {
      context.progress(`${cellWords(cell)}, try ${number}`)
      return make(cell, context)
    })
    const sorting = sortRounds(made.flat().map(({ run }) => run))
    const figures = (['global-atomic', 'per-area'] as const).flatMap((tracker) =>
      all.map((cell, i) => figureOf(cell, tracker, made[i] ?? [], sorting)),
    )
    return {
      text: [
        'no copies; predicted x off over measured x off; each try has a cost model of its own,',
        'calibrated right before it',
        '',
        figuresText(figures),
        '',
        seriesText(figures),
        ...changedText(
          made.flat().map(({ run }) => run),
          sorting,
        ),
      ].join('\n'),
      figures,
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
