/** The kernel's own code beside the port, in the same rounds. */
import {
  type KernelLibraries,
  type Layout,
  type TimedVariant,
  timeVariants,
  type Variant,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Figure, Pooled, Stood, Verdict } from '../figure.js'
import type { Context, Part } from '../part.js'
import { regimeWords, type Sorting, sortRounds } from '../regime.js'
import { type Place, places, steady } from '../scenarios.js'
import { changedText, conditions, nsBand, ratioBand, seriesText, table } from '../text.js'
import { inTurns, nsOf, type Runs, runsByRegime, timingSeconds, tryOf } from '../tries.js'
import { figure, goal } from '../verdict.js'

const ROUNDS = 15
const SIZES = [2, 4, 16, 64, 256] as const
const IN_FLIGHT = [1, 16] as const
/** Up to eight slots. */
const SMALL_KIB = 16

const BITMAP: Partial<Layout> = { slotIndex: 'bitmap' }

/** What does the same in the port: without the counters, and with them. */
const pairs = [
  { title: 'without the counters', tracker: 'off', counters: false },
  { title: 'with the counters', tracker: 'global-atomic', counters: true },
] as const
type Pair = (typeof pairs)[number]

/** One size and number in flight, at one place. */
interface Cell {
  readonly place: Place
  readonly copy: boolean
  readonly kib: number
  readonly inFlight: number
}

/** A cell with or without the counters, and every try at it. */
interface Judged {
  readonly cell: Cell
  readonly pair: Pair
  readonly tries: readonly VariantTiming[]
  /** The port to the kernel's code. */
  readonly faithful: Figure
  /** The port with bitmaps to the kernel's code. */
  readonly bitmap: Figure
  /** The kernel's code to the port with bitmaps; of few slots on one thread only. */
  readonly gain: Figure | null
}

function find(
  { variants }: VariantTiming,
  { tracker, counters }: Pair,
  which: 'kernel' | Layout['slotIndex'],
): TimedVariant {
  const found = variants.find(({ kernel, ...variant }) =>
    which === 'kernel'
      ? kernel?.counters === counters
      : !kernel && variant.tracker === tracker && variant.layout.slotIndex === which,
  )
  if (!found) throw new Error(`${tracker} with ${which} was not timed`)
  return found
}

function time(
  { place, copy, kib, inFlight }: Cell,
  { uncounted, counted }: KernelLibraries,
  context: Context,
): Promise<VariantTiming> {
  const port: Variant[] = pairs
    .filter(({ counters }) => !counters || counted)
    .flatMap(({ tracker }) => [{ tracker }, { tracker, layout: BITMAP }])
  const { threads, placement } = place
  return timeVariants(
    steady(
      // Areas of 8 MiB: two fill what 16 mappings of 256 KiB take.
      {
        threads,
        placement,
        bytes: kib * 1024,
        copy,
        rounds: ROUNDS,
        inFlight,
        mebibytes: 128,
      },
      context,
    ),
    [...port, { kernel: uncounted }, ...(counted ? [{ kernel: counted }] : [])],
    { signal: context.signal },
  )
}

const cellWords = ({ place, copy, kib, inFlight }: Cell, { title }: Pair): string =>
  `${kib} KiB, ${inFlight} in flight, ${place.title}, copies ${copy ? 'on' : 'off'}, ${title}`

const cellId = ({ place, copy, kib, inFlight }: Cell, { counters }: Pair): string =>
  `${place.key}/${copy ? 'copies' : 'no-copies'}/${kib}-kib/${inFlight}/${counters ? 'counted' : 'uncounted'}`

function judged(cell: Cell, pair: Pair, tries: readonly VariantTiming[], sorting: Sorting): Judged {
  const kernel = (run: VariantTiming) => find(run, pair, 'kernel')
  const what = cellWords(cell, pair)
  const id = cellId(cell, pair)
  const isSmall = cell.kib <= SMALL_KIB && cell.place.threads === 1 && !cell.copy
  return {
    cell,
    pair,
    tries,
    faithful: figure(
      {
        id: `real-code/port/${id}`,
        what,
        series: 'port / kernel code',
        target: goal({ atLeast: 0.9, atMost: 1.1 }),
      },
      tries.map((run) => tryOf(run, find(run, pair, 'run-counts'), kernel(run))),
      sorting,
    ),
    bitmap: figure(
      {
        id: `real-code/bitmap/${id}`,
        what,
        series: 'bitmap / kernel code',
        target: goal({ atMost: 1 }),
      },
      tries.map((run) => tryOf(run, find(run, pair, 'bitmap'), kernel(run))),
      sorting,
    ),
    gain: isSmall
      ? figure(
          {
            id: `real-code/gain/${id}`,
            what,
            series: 'kernel code / bitmap, 1 to 8 slots, 1 thread',
            target: goal({ atLeast: 2.5 }),
          },
          tries.map((run) => tryOf(run, kernel(run), find(run, pair, 'bitmap'))),
          sorting,
        )
      : null,
  }
}

/** How a verdict is marked in the tables. */
const marks = {
  met: '',
  'too few tries: cannot be told': ' ~',
  'within the noise: cannot be told': ' ~',
  'not met': ' !',
} as const satisfies Record<Verdict, string>

/** Regimes are objects of the part's one sorting, shared by all its figures. */
const inRegime = ({ pooled }: Figure, wanted: Stood): Pooled | undefined =>
  pooled.find(({ regime }) => regime === wanted)

function ratioCell(pooled: Pooled | undefined): string {
  if (!pooled) return '-'
  return `${ratioBand(pooled.band)}${pooled.verdict ? marks[pooled.verdict] : ''}`
}

/** A table for each regime that a try here was in. */
function tablesOf(here: readonly Judged[], sorting: Sorting): string[] {
  const timed = here.flatMap(({ tries }) => tries)
  return runsByRegime([...new Set(timed)], sorting).flatMap(({ regime, runs, pick }) => {
    const own = ({ tries }: Judged): Runs => ({
      regime,
      runs: tries.filter((run) => runs.includes(run)),
      pick,
    })
    const seen = here.filter((one) => inRegime(one.faithful, regime))
    const last = seen.at(-1)
    const lines = seen.map((one) => [
      one.pair.counters ? 'yes' : 'no',
      `${one.cell.kib} KiB`,
      String(one.cell.inFlight),
      nsBand(nsOf(own(one), (run) => find(run, one.pair, 'kernel'))),
      nsBand(nsOf(own(one), (run) => find(run, one.pair, 'run-counts'))),
      ratioCell(inRegime(one.faithful, regime)),
      ratioCell(inRegime(one.bitmap, regime)),
    ])
    return [
      `timed CPUs: ${regimeWords(regime)}`,
      table(
        [
          'counters',
          'size',
          'in flight',
          'kernel code: ns',
          'port: ns',
          'port / kernel',
          'bitmap / kernel',
        ],
        lines,
      ),
      last ? `${conditions(own(last))} (the last row)` : '',
    ]
  })
}

/**
 * Why the port may be faster: both do the same work on the same lines and were compiled alike, so
 * that what is left is what does not depend on the mapping's size.
 */
const WHY_FASTER =
  "  Where the port is faster: the kernel keeps the device's masks behind a pointer that it follows\n" +
  '  again in each function, tests its arguments for what must not be, and is told the CPU by the\n' +
  '  shim: a fixed cost, which shows where the rest is cheap.'

const isFaster = ({ pooled }: Figure): boolean =>
  pooled.some(({ verdict, band }) => verdict === 'not met' && band.median < 1)

/** The cells that a goal was missed in, by name. */
function missed(what: string, figures: readonly Figure[]): string[] {
  const judgedCells = figures.flatMap((one) => one.pooled.map((pooled) => ({ one, pooled })))
  const said = judgedCells
    .filter(({ pooled }) => pooled.verdict === 'not met')
    .map(
      ({ one, pooled }) =>
        `  ${one.what}: ${ratioBand(pooled.band)}; timed CPUs: ${regimeWords(pooled.regime)}`,
    )
  return said.length > 0 ? [what, ...said] : [`${what}: no cell`]
}

const cells: readonly Cell[] = [false, true].flatMap((copy) =>
  places.flatMap((place) =>
    SIZES.flatMap((kib) => IN_FLIGHT.map((inFlight) => ({ place, copy, kib, inFlight }))),
  ),
)

/** Six pools of 128 MiB are set up for each try, and with copies their memory is touched first. */
const SET_UP_SECONDS = 0.1

export const realCode: Part = {
  name: 'real-code',
  question: "the kernel's own code beside the port, faithful and with bitmaps",
  needsKernel: true,
  seconds: (context) =>
    cells.length *
    context.tries *
    (SET_UP_SECONDS + timingSeconds({ variants: 6, rounds: ROUNDS }, context)),
  run: async (context) => {
    const { kernel } = context
    if (!kernel) throw new Error('no kernel source was given')
    const measurable = pairs.filter(({ counters }) => !counters || kernel.counted)
    const made = await inTurns(cells, context, (cell, number) => {
      const { place, copy, kib } = cell
      context.progress(`try ${number}: ${place.title}, copies ${copy ? 'on' : 'off'}, ${kib} KiB`)
      return time(cell, kernel, context)
    })
    const sorting = sortRounds(made.flat())
    const all = cells.flatMap((cell, i) =>
      measurable.map((pair) => judged(cell, pair, made[i] ?? [], sorting)),
    )
    const texts = [false, true].flatMap((copy) =>
      places.flatMap((place) => [
        '',
        `${place.title}, copies ${copy ? 'on' : 'off'}`,
        ...tablesOf(
          all.filter(({ cell }) => cell.place === place && cell.copy === copy),
          sorting,
        ),
      ]),
    )
    const faithful = all.map((one) => one.faithful)
    const bitmap = all.map((one) => one.bitmap)
    const figures = [...faithful, ...bitmap, ...all.flatMap(({ gain }) => gain ?? [])]
    return {
      text: [
        'the same pool of 128 MiB in 16 areas for all, with structures, areas and slots at the same',
        "addresses modulo 128; the port in the kernel's layout; ! beyond the goal, ~ cannot be told",
        ...texts,
        ...changedText(made.flat(), sorting),
        '',
        ...missed('the port beyond 10 % of the kernel code', faithful),
        ...(faithful.some(isFaster) ? [WHY_FASTER] : []),
        ...missed('the bitmap slower than the kernel code', bitmap),
        '',
        seriesText(figures),
      ].join('\n'),
      figures,
      data: { kernel, cells: all },
    }
  },
}
