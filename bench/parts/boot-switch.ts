/** What Linux 7.3 costs in both of its states, against what it is meant to be the same as. */
import { compare, type TrackerName, timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { type Sorting, sortRounds } from '../regime.js'
import { machine, type Place, places, steady } from '../scenarios.js'
import { byRegime, changedText, costTable, figuresText, table } from '../text.js'
import { inTurns, timingSeconds, tryOf, tryOverOff, variantOf } from '../tries.js'
import { exactFigure, figure, goal } from '../verdict.js'

const ROUNDS = 25
const timed = [
  'off',
  'boot-switch-off',
  'boot-switch-indirect-off',
  'global-atomic',
  'boot-switch',
  'boot-switch-indirect',
  'reserve',
] as const satisfies readonly TrackerName[]
type Tracker = (typeof timed)[number]

interface Cell {
  readonly place: Place
  readonly copy: boolean
}

const cells: readonly Cell[] = places.flatMap((place) =>
  [true, false].map((copy) => ({ place, copy })),
)

const copyWords = (copy: boolean): string => (copy ? 'copies of 4 KiB' : 'no copies')
const idOf = ({ place, copy }: Cell): string =>
  `boot-switch/${place.key}/${copy ? 'copies' : 'no-copies'}`
const titleOf = ({ place, copy }: Cell): string => `${place.title}, ${copyWords(copy)}`

const find = (tracker: Tracker) => (run: VariantTiming) => variantOf(run, tracker)

/** A state against what it should be the same as; of the calls to empty functions, the question. */
function figuresOf(cell: Cell, runs: readonly VariantTiming[], sorting: Sorting): Figure[] {
  const overOff = (tracker: Tracker, id: string): Figure =>
    figure(
      { id: `${idOf(cell)}/${id}`, what: `${tracker} / off, ${titleOf(cell)}` },
      runs.map((run) => tryOverOff(run, find(tracker)(run))),
      sorting,
    )
  const on = figure(
    {
      id: `${idOf(cell)}/on`,
      what: `boot-switch / global-atomic, ${titleOf(cell)}`,
      series: 'boot-switch / global-atomic',
      target: goal({ atLeast: 0.9, atMost: 1.1 }),
    },
    runs.map((run) => tryOf(run, find('boot-switch')(run), find('global-atomic')(run))),
    sorting,
  )
  return [
    overOff('boot-switch-off', 'off'),
    overOff('boot-switch-indirect-off', 'indirect-off'),
    overOff('boot-switch', 'on-over-off'),
    overOff('reserve', 'reserve'),
    on,
  ]
}

const VIRTUAL_CPUS = [1, 2, 64, 256] as const

/** What trackers cost on so many virtual CPUs, an area each. */
async function predicted(cpus: number, copy: boolean, { quick, signal }: Context) {
  const { rows } = await compare(
    {
      name: 'boot-switch',
      pool: { slots: cpus * 2048, areas: cpus },
      cpus,
      copy,
      workload: { sizes: [{ bytes: 4096 }], inFlight: 8, order: 'random' },
      steps: Math.max(cpus * (quick ? 50 : 150), 2000),
    },
    {
      engine: 'virtual',
      machine: { ...machine(cpus, 'default'), warmSteps: 300 },
      trackers: ['off', 'boot-switch-off', 'global-atomic', 'boot-switch', 'reserve'],
      timing: false,
      signal,
    },
  )
  return rows.map(({ tracker, virtual, throughput }) => ({
    tracker,
    ns: virtual?.full.nsPerPair ?? Number.NaN,
    // Over an off with areas as large: fewer of reserve's share a line.
    overOff: throughput?.vsOff.ratio ?? Number.NaN,
  }))
}

interface Prediction {
  readonly cpus: number
  readonly copy: boolean
  readonly rows: Awaited<ReturnType<typeof predicted>>
}

const rowOf = ({ rows }: Prediction, tracker: TrackerName) => {
  const row = rows.find((candidate) => candidate.tracker === tracker)
  if (!row) throw new Error(`${tracker} was not predicted`)
  return row
}

const onOverCounter = (prediction: Prediction): number =>
  rowOf(prediction, 'boot-switch').ns / rowOf(prediction, 'global-atomic').ns

const cpuWords = (cpus: number): string => `${cpus} virtual ${cpus === 1 ? 'CPU' : 'CPUs'}`

const virtualFigures = (all: readonly Prediction[]): Figure[] =>
  all.flatMap((prediction) => {
    const { cpus, copy } = prediction
    const id = `boot-switch/virtual/${cpus}/${copy ? 'copies' : 'no-copies'}`
    const where = `${cpuWords(cpus)}, ${copyWords(copy)}`
    const over = (tracker: TrackerName, name: string): Figure =>
      exactFigure(
        { id: `${id}/${name}`, what: `${tracker} / off, ${where}` },
        rowOf(prediction, tracker).overOff,
      )
    return [
      over('boot-switch-off', 'off'),
      over('boot-switch', 'on-over-off'),
      over('reserve', 'reserve'),
      exactFigure(
        { id: `${id}/on`, what: `boot-switch / global-atomic, ${where}` },
        onOverCounter(prediction),
      ),
    ]
  })

const virtualLines = (all: readonly Prediction[]): string =>
  table(
    ['CPUs', 'copies', 'off / off', 'on / global-atomic', 'on / off', 'reserve / off'],
    all.map((prediction) => [
      String(prediction.cpus),
      copyWords(prediction.copy),
      rowOf(prediction, 'boot-switch-off').overOff.toFixed(2),
      onOverCounter(prediction).toFixed(2),
      rowOf(prediction, 'boot-switch').overOff.toFixed(2),
      rowOf(prediction, 'reserve').overOff.toFixed(2),
    ]),
  )

export const bootSwitch: Part = {
  name: 'boot-switch',
  question: 'what Linux 7.3 costs with track_hiwater and without',
  seconds: (context) =>
    10 +
    cells.length *
      context.tries *
      timingSeconds({ variants: timed.length + 1, rounds: ROUNDS }, context),
  run: async (context) => {
    const { signal } = context
    const runs = await inTurns(cells, context, (cell, number) => {
      context.progress(`${titleOf(cell)}, try ${number}`)
      const { threads, placement } = cell.place
      return timeVariants(
        steady({ threads, placement, bytes: 4096, copy: cell.copy, rounds: ROUNDS }, context),
        timed.map((tracker) => ({ tracker })),
        { signal },
      )
    })
    const all: Prediction[] = []
    for (const cpus of VIRTUAL_CPUS) {
      for (const copy of [true, false]) {
        context.progress(`${cpuWords(cpus)}, ${copyWords(copy)}`)
        all.push({ cpus, copy, rows: await predicted(cpus, copy, context) })
      }
    }
    const sorting = sortRounds(runs.flat())
    const figures = [
      ...cells.flatMap((cell, i) => figuresOf(cell, runs[i] ?? [], sorting)),
      ...virtualFigures(all),
    ]
    return {
      text: [
        '4 KiB mappings, 16 in flight; x off: an off with areas of the same size. Without',
        'track_hiwater map and unmap call an empty function each, here out of line as a patched',
        'static call does, and by address (indirect) as architectures do that patch no code',
        ...cells.flatMap((cell, i) =>
          byRegime(titleOf(cell), runs[i] ?? [], sorting, costTable(timed)),
        ),
        ...changedText(runs.flat(), sorting),
        '',
        'predicted, cost model default: the model charges shared lines, and no call, so that a call',
        'to an empty function costs nothing in it',
        virtualLines(all),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: {
        cells: cells.map((cell, i) => ({ cell: idOf(cell), tries: runs[i] })),
        predicted: all,
      },
    }
  },
}
