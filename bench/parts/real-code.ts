/** The kernel's own code beside the port, in the same rounds. */
import {
  type KernelLibraries,
  type Layout,
  type Ratio,
  ratio,
  type TimedVariant,
  timeVariants,
  type Variant,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Context, Goal, Part } from '../part.js'
import { steady } from '../scenarios.js'
import { conditions, goalsText, nsBand, ratioBand, table } from '../text.js'
import { ratioGoal, tryUntilMet, worstGoal } from '../verdict.js'

const TRIES = 3
const SIZES = [2, 4, 16, 64, 256] as const
const IN_FLIGHT = [1, 16] as const
/** Up to eight slots. */
const SMALL_KIB = 16

const places = [
  { title: '1 thread', threads: 1, placement: 'spread' },
  { title: '2 threads, neighbouring areas', threads: 2, placement: 'neighbours' },
  { title: '2 threads, areas far apart', threads: 2, placement: 'spread' },
] as const

const BITMAP: Partial<Layout> = { slotIndex: 'bitmap' }

/** What does the same in the port: without the counters, and with them. */
const pairs = [
  { title: 'without the counters', tracker: 'off', counters: false },
  { title: 'with the counters', tracker: 'global-atomic', counters: true },
] as const
type Pair = (typeof pairs)[number]

/** One size and number in flight, at one place. */
interface Cell {
  readonly place: (typeof places)[number]
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
  readonly faithful: Goal
  /** The port with bitmaps to the kernel's code. */
  readonly bitmap: Goal
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

const rounds = ({ roundsNs }: TimedVariant): number[] => roundsNs.map((ns) => ns ?? Number.NaN)

/** Round by round, of the same rounds. */
const between = (a: TimedVariant, b: TimedVariant): Ratio => ratio(rounds(a), rounds(b))

function time(
  { place, copy, kib, inFlight }: Cell,
  { uncounted, counted }: KernelLibraries,
  { quick, signal }: Context,
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
        rounds: quick ? 5 : 25,
        inFlight,
        mebibytes: 128,
      },
      { quick },
    ),
    [...port, { kernel: uncounted }, ...(counted ? [{ kernel: counted }] : [])],
    { signal },
  )
}

const cellWords = ({ place, copy, kib, inFlight }: Cell, { title }: Pair): string =>
  `${kib} KiB, ${inFlight} in flight, ${place.title}, copies ${copy ? 'on' : 'off'}, ${title}`

function judged(cell: Cell, pair: Pair, tries: readonly VariantTiming[]): Judged {
  const to = (which: Layout['slotIndex']) =>
    tries.map((run) => ({
      measured: between(find(run, pair, which), find(run, pair, 'kernel')),
      noise: run.timing.noise,
    }))
  const what = cellWords(cell, pair)
  return {
    cell,
    pair,
    tries,
    faithful: ratioGoal(what, { atLeast: 0.9, atMost: 1.1 }, to('run-counts')),
    bitmap: ratioGoal(what, { atMost: 1 }, to('bitmap')),
  }
}

async function measure(
  cell: Cell,
  kernel: KernelLibraries,
  context: Context,
): Promise<readonly Judged[]> {
  const measurable = pairs.filter(({ counters }) => !counters || kernel.counted)
  const { all } = await tryUntilMet(
    context.quick ? 1 : TRIES,
    () => time(cell, kernel, context),
    (tries) => measurable.map((pair) => judged(cell, pair, tries).faithful),
  )
  return measurable.map((pair) => judged(cell, pair, all))
}

/** How a verdict is marked in the tables. */
const marks = { met: '', 'inside the noise': ' ~', 'not met': ' !' } as const

function ratioCell(goal: Goal): string {
  return `${ratioBand(goal.best.measured)}${marks[goal.best.verdict]}`
}

/** The figures of the try that the goals took. */
function shownTry({ tries, faithful }: Judged): VariantTiming {
  const at = faithful.tries.indexOf(faithful.best)
  const found = tries[at]
  if (!found) throw new Error('a try is missing')
  return found
}

function rowsOf(all: readonly Judged[]): string {
  return table(
    [
      'counters',
      'size',
      'in flight',
      'kernel code: ns',
      'port: ns',
      'port / kernel',
      'bitmap / kernel',
    ],
    all.map((one) => {
      const run = shownTry(one)
      return [
        one.pair.counters ? 'yes' : 'no',
        `${one.cell.kib} KiB`,
        String(one.cell.inFlight),
        nsBand(find(run, one.pair, 'kernel').throughput.nsPerPair),
        nsBand(find(run, one.pair, 'run-counts').throughput.nsPerPair),
        ratioCell(one.faithful),
        ratioCell(one.bitmap),
      ]
    }),
  )
}

/** Mappings of up to eight slots, on one thread: the smallest gain of the bitmap there. */
function bitmapGain(all: readonly Judged[]): Goal {
  const small = all.filter(
    ({ cell }) => cell.kib <= SMALL_KIB && cell.place.threads === 1 && !cell.copy,
  )
  return worstGoal(
    'kernel code / bitmap, 1 to 8 slots, 1 thread',
    small.map(({ cell, pair, tries }) =>
      ratioGoal(
        cellWords(cell, pair),
        { atLeast: 2.5 },
        tries.map((run) => ({
          measured: between(find(run, pair, 'kernel'), find(run, pair, 'bitmap')),
          noise: run.timing.noise,
        })),
      ),
    ),
    (ratio) => -ratio,
  )
}

/**
 * Why the port may be faster: both do the same work on the same lines and were compiled alike, so
 * that what is left is what does not depend on the mapping's size.
 */
const WHY_FASTER =
  "  Where the port is faster: the kernel keeps the device's masks behind a pointer that it follows\n" +
  '  again in each function, tests its arguments for what must not be, and is told the CPU by the\n' +
  '  shim: a fixed cost, which shows where the rest is cheap.'

const isFaster = ({ best: { verdict, measured } }: Goal): boolean =>
  verdict === 'not met' && measured.ratio < 1

/** The cells that a goal was missed in, by name. */
function missed(what: string, goals: readonly Goal[]): string[] {
  const said = goals
    .filter(({ best }) => best.verdict === 'not met')
    .map((goal) => `  ${goal.what}: ${ratioBand(goal.best.measured)}`)
  const undecided = goals.filter(({ best }) => best.verdict === 'inside the noise').length
  const rest = undecided > 0 ? `, ${undecided} inside the noise` : ''
  return [`${what}: ${said.length} of ${goals.length} cells${rest}`, ...said]
}

export const realCode: Part = {
  name: 'real-code',
  question: "the kernel's own code beside the port, faithful and with bitmaps",
  needsKernel: true,
  run: async (context) => {
    const { kernel } = context
    if (!kernel) throw new Error('no kernel source was given')
    const all: Judged[] = []
    const texts = [
      'the same pool of 128 MiB in 16 areas for all, with structures, areas and slots at the same',
      "addresses modulo 128; the port in the kernel's layout; ! beyond the goal, ~ inside the noise",
    ]
    for (const copy of [false, true]) {
      for (const place of places) {
        const here: Judged[] = []
        for (const kib of SIZES) {
          for (const inFlight of IN_FLIGHT) {
            context.progress(`${place.title}, copies ${copy ? 'on' : 'off'}, ${kib} KiB`)
            here.push(...(await measure({ place, copy, kib, inFlight }, kernel, context)))
          }
        }
        all.push(...here)
        const last = here.at(-1)
        texts.push(
          '',
          `${place.title}, copies ${copy ? 'on' : 'off'}`,
          rowsOf(here),
          last ? `${conditions(shownTry(last).timing)} (the last row)` : '',
        )
      }
    }
    const faithful = all.map((one) => one.faithful)
    const bitmap = all.map((one) => one.bitmap)
    const goals = [
      worstGoal('port / kernel code', faithful, (ratio) => Math.abs(Math.log(ratio))),
      bitmapGain(all),
      worstGoal('bitmap / kernel code', bitmap, (ratio) => ratio),
    ]
    return {
      text: [
        ...texts,
        '',
        ...missed('the port beyond 10 % of the kernel code', faithful),
        ...(faithful.some(isFaster) ? [WHY_FASTER] : []),
        ...missed('the bitmap slower than the kernel code', bitmap),
        '',
        goalsText(goals),
      ].join('\n'),
      goals,
      data: { kernel, cells: all },
    }
  },
}
