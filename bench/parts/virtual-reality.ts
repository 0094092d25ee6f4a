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
import type { Context, Goal, Part } from '../part.js'
import { steady } from '../scenarios.js'
import { goalsText, ratioBand, table, threadWords } from '../text.js'
import { ratioGoal, worstGoal } from '../verdict.js'

const trackers = ['off', 'global-atomic', 'per-area'] as const
const TRIES = 3
const STEPS_PER_CPU = 5000
const CALIBRATION_ROUNDS = 40

interface Cell {
  readonly threads: number
  readonly placement: 'spread' | 'neighbours'
  readonly bytes: number
  readonly inFlight: number
}

interface Attempt {
  readonly model: CostModel
  readonly measured: Calibration['measured']
  readonly predicted: ReadonlyMap<string, number>
  readonly timing: VariantTiming['timing']
  readonly variants: VariantTiming['variants']
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

/** What else the host does changes its costs within a minute, so each try has a calibration of its own. */
async function runTry(cell: Cell, context: Context): Promise<Attempt> {
  const { quick, signal } = context
  const input = steady({ ...cell, copy: false, rounds: quick ? 9 : 25 }, context)
  context.progress(`${cellWords(cell)}: calibrating`)
  const { model, measured } = await calibrate({ rounds: quick ? 20 : CALIBRATION_ROUNDS, signal })
  const predicted = await predict(cell, input, model, context)
  const { timing, variants } = await timeVariants(
    input,
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
  return { model, measured, predicted, timing, variants }
}

async function runCell(cell: Cell, context: Context) {
  const runs: Attempt[] = []
  for (let i = 0; i < (context.quick ? 1 : TRIES); i++) runs.push(await runTry(cell, context))
  const of = (tracker: (typeof trackers)[number]) => {
    const tries = runs.flatMap(({ predicted, timing, variants }) =>
      variants
        .filter((variant) => variant.tracker === tracker)
        .map(({ throughput: { vsOff } }) => {
          const ratio = predicted.get(tracker) ?? Number.NaN
          return {
            predicted: ratio,
            timed: vsOff,
            measured: {
              ratio: ratio / vsOff.ratio,
              low: ratio / vsOff.high,
              high: ratio / vsOff.low,
            },
            noise: timing.noise,
          }
        }),
    )
    const goal = ratioGoal(`${tracker}, ${cellWords(cell)}`, { atLeast: 0.8, atMost: 1.2 }, tries)
    const shown = tries.find(({ measured }) => measured === goal.best.measured) ?? tries[0]
    return { tracker, predicted: shown?.predicted, timed: shown?.timed, tries, goal }
  }
  return {
    cell,
    calibrations: runs.map(({ model, measured }) => ({ model, measured })),
    trackers: [of('global-atomic'), of('per-area')],
  }
}

export const virtualReality: Part = {
  name: 'virtual-reality',
  question: 'do predictions for 1 and 2 CPUs agree with threads on this host',
  run: async (context) => {
    const results = []
    for (const cell of cells(context.quick)) {
      context.progress(cellWords(cell))
      results.push(await runCell(cell, context))
    }
    const all = results.flatMap(({ trackers: found }) => found)
    const goals: Goal[] = ['global-atomic', 'per-area'].map((tracker) =>
      worstGoal(
        `predicted / measured, ${tracker}`,
        all.filter((one) => one.tracker === tracker).map(({ goal }) => goal),
        (ratio) => Math.abs(Math.log(ratio)),
      ),
    )
    const head = [
      'workload, no copies',
      'tracker',
      'predicted x off',
      'measured x off',
      'ratio',
      '',
    ]
    const rows = results.flatMap(({ cell, trackers: found }) =>
      found.map(({ tracker, predicted, timed, goal }) => [
        cellWords(cell),
        tracker,
        predicted?.toFixed(2) ?? '-',
        timed ? ratioBand(timed) : '-',
        goal.best.measured.ratio.toFixed(2),
        goal.best.verdict,
      ]),
    )
    const met = all.filter(({ goal }) => goal.best.verdict === 'met').length
    return {
      text: [
        'each try has a cost model of its own, calibrated right before it',
        '',
        table(head, rows),
        '',
        `within 20 %: ${met} of ${all.length} cells`,
        goalsText(goals),
      ].join('\n'),
      goals,
      data: { cells: results },
    }
  },
}
