/** How long a stretch of `epochs` is best: what it costs on threads, and how wide its interval is. */
import { compare, presets, timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { sortRounds } from '../regime.js'
import { machine } from '../scenarios.js'
import {
  byRegime,
  changedText,
  figuresText,
  nsBand,
  ratioBand,
  table,
  threadWords,
} from '../text.js'
import { inTurns, nsOf, overOffOf, type Runs, timingSeconds, tryOverOff } from '../tries.js'
import { exactFigure, figure, goal } from '../verdict.js'

/** Nanoseconds; the first is the default. */
const STRETCHES = [500, 300, 800, 1500] as const
const [DEFAULT] = STRETCHES
const ROUNDS = 25
const CPUS = [8, 64] as const
const SLOTS_PER_AREA = 4096
/** Of each interval: one run of so few operations is one sample of it. */
const SEEDS = 6

const cells = (['review-64mib', 'uniform'] as const).flatMap((preset) =>
  [false, true].flatMap((copy) => [1, 2].map((threads) => ({ preset, copy, threads }))),
)
type Cell = (typeof cells)[number]

const titleOf = ({ preset, copy, threads }: Cell): string =>
  `${preset}, ${threadWords(threads)}, ${copy ? 'with' : 'without'} copies`
const idOf = ({ preset, copy, threads }: Cell): string =>
  `stretch/${preset}/${threads}/${copy ? 'copies' : 'no-copies'}`

/** The variant with this stretch, behind `off`. */
const find = (stretch: (typeof STRETCHES)[number]) => (run: VariantTiming) => {
  const found = run.variants[1 + STRETCHES.indexOf(stretch)]
  if (!found) throw new Error(`a stretch of ${stretch} ns was not timed`)
  return found
}

const time = ({ preset, copy, threads }: Cell, { quick, signal }: Context) =>
  timeVariants(
    {
      ...presets[preset],
      copy,
      timing: { threads, rounds: quick ? 9 : ROUNDS, sliceMs: 3, latencyRounds: 0 },
    },
    [{ tracker: 'off' }, ...STRETCHES.map((stretch) => ({ tracker: 'epochs' as const, stretch }))],
    { signal },
  )

const costLines = (runs: Runs): string =>
  table(
    ['stretch, ns', 'ns per map+unmap', 'x off'],
    STRETCHES.map((stretch) => [
      String(stretch),
      nsBand(nsOf(runs, find(stretch))),
      ratioBand(overOffOf(runs, find(stretch))),
    ]),
  )

/** What one stretch gives on so many virtual CPUs at full speed, each with an area of its own lines. */
interface Predicted {
  readonly cpus: number
  readonly stretch: number
  readonly overOff: number
  /** Percent of the pool; the mean over the seeds. */
  readonly width: number
}

async function predict(cpus: number, stretch: number, context: Context): Promise<Predicted> {
  const seeds = context.quick ? 1 : SEEDS
  let width = 0
  let overOff = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const { pool, rows } = await compare(
      {
        ...presets.uniform,
        cpus,
        pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus },
        copy: false,
        seed,
      },
      {
        engine: 'virtual',
        machine: machine(cpus, 'default'),
        layout: { areaLayout: 'padded' },
        trackers: ['off', 'epochs'],
        stretch,
        signal: context.signal,
      },
    )
    const row = rows.find(({ tracker }) => tracker === 'epochs')
    const slots = row?.accuracy.certified?.widthSlots
    if (slots === null || slots === undefined || !row?.throughput) {
      throw new Error('epochs has no interval, or was not predicted')
    }
    width += (100 * slots) / pool.slots / seeds
    overOff += row.throughput.vsOff.ratio / seeds
  }
  return { cpus, stretch, overOff, width }
}

const predictedFigures = (all: readonly Predicted[]): Figure[] =>
  all.flatMap(({ cpus, stretch, overOff, width }) => {
    const held = stretch === DEFAULT
    const where = `stretches of ${stretch} ns, ${cpus} virtual CPUs`
    return [
      exactFigure(
        {
          id: `stretch/virtual/${cpus}/${stretch}/cost`,
          what: `epochs / off, ${where}`,
          ...(held && { target: goal({ atMost: 1.05 }) }),
        },
        overOff,
      ),
      exactFigure(
        {
          id: `stretch/virtual/${cpus}/${stretch}/width`,
          what: `certified interval, ${where}`,
          unit: '% of the pool',
          ...(held && { target: goal({ atMost: 1 }) }),
        },
        width,
      ),
    ]
  })

export const stretch: Part = {
  name: 'stretch',
  question: 'what stretches of epochs cost, and how wide its interval is for them',
  seconds: (context) =>
    (context.quick ? 8 : 50) +
    cells.length *
      context.tries *
      timingSeconds({ variants: STRETCHES.length + 1, rounds: ROUNDS }, context),
  run: async (context) => {
    const made = await inTurns(cells, context, (cell, number) => {
      context.progress(`${titleOf(cell)}, try ${number}`)
      return time(cell, context)
    })
    const predicted: Predicted[] = []
    for (const cpus of CPUS) {
      for (const length of STRETCHES) {
        context.progress(`${cpus} virtual CPUs, stretches of ${length} ns`)
        predicted.push(await predict(cpus, length, context))
      }
    }
    const sorting = sortRounds(made.flat())
    const figures = [
      ...cells.flatMap((cell, i) =>
        STRETCHES.map((length) =>
          figure(
            {
              id: `${idOf(cell)}/${length}`,
              what: `epochs / off, stretches of ${length} ns, ${titleOf(cell)}`,
              ...(length === DEFAULT && { target: goal({ atMost: cell.copy ? 1.01 : 1.03 }) }),
            },
            (made[i] ?? []).map((run) => tryOverOff(run, find(length)(run))),
            sorting,
          ),
        ),
      ),
      ...predictedFigures(predicted),
    ]
    return {
      text: [
        `epochs with stretches of several lengths, ${DEFAULT} ns by default; x off: an off with areas`,
        'of the same size',
        ...cells.flatMap((cell, i) => byRegime(titleOf(cell), made[i] ?? [], sorting, costLines)),
        ...changedText(made.flat(), sorting),
        '',
        'predicted: uniform at full speed without copies, padded areas, the mean over seeds',
        table(
          ['CPUs', 'stretch, ns', 'x off', 'interval, % of the pool'],
          predicted.map((one) => [
            String(one.cpus),
            String(one.stretch),
            one.overOff.toFixed(3),
            one.width.toFixed(2),
          ]),
        ),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: { cells: cells.map((cell, i) => ({ cell: idOf(cell), tries: made[i] })), predicted },
    }
  },
}
