/** Whether a timing through the addon is that of a plain C program. */
import {
  type Comparison,
  compare,
  estimate,
  type Layout,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { buildPlain, type PlainProgram, type PlainResult } from '../plain.js'
import { steady } from '../scenarios.js'
import { figuresText, nsBand, table, threadWords } from '../text.js'
import { inTurns, timingSeconds } from '../tries.js'
import { type Attempt, figure, goal, poolRounds } from '../verdict.js'

const ROUNDS = 9
const turnsOf = ({ quick }: Pick<Context, 'quick'>): number => (quick ? 3 : 6)
const trackers = ['off', 'global-atomic'] as const
type Timed = (typeof trackers)[number]

/** What both are run with. */
const KERNEL_LAYOUT: Layout = {
  areaLayout: 'packed',
  counterLayout: 'kernel',
  slotIndex: 'run-counts',
}

/** What one turn measured of one tracker: median ns per pair. */
interface Turn {
  readonly addon: number
  /** Twice, for the noise control. */
  readonly plain: readonly [number, number]
}

/** One try at one number of threads. */
interface Turns {
  readonly threads: number
  readonly of: Readonly<Record<Timed, readonly Turn[]>>
}

const median = (rounds: readonly (number | null)[]): number =>
  estimate(rounds.map((value) => value ?? Number.NaN)).median

/** The rounds of a tracker in the program's output, in which the first tracker is there twice. */
function plainMedian({ nsPerPair }: PlainResult, tracker: Timed): number {
  return median(nsPerPair[tracker === 'off' ? 0 : trackers.indexOf(tracker) + 1] ?? [])
}

function addonMedian({ rows }: Comparison, tracker: Timed): number {
  const found = rows.find((row) => row.tracker === tracker)?.throughput
  if (!found) throw new Error(`${tracker} was not timed`)
  return found.nsPerPair.median
}

/** Addon and program one after another, each in each place equally often. */
async function measure(
  program: PlainProgram,
  threads: number,
  context: Context,
  title: string,
): Promise<Turns> {
  const { signal, progress } = context
  const input = steady(
    { threads, placement: 'spread', bytes: 4096, copy: false, rounds: ROUNDS },
    context,
  )
  const found: Record<Timed, Turn[]> = { off: [], 'global-atomic': [] }
  // A first run, thrown away, says how the addon sets up what the program is to repeat.
  const first: VariantTiming = await timeVariants(
    input,
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
  const settings = { ...first, trackers }
  for (let turn = 0; turn < turnsOf(context); turn++) {
    progress(`${threadWords(threads)}, ${title}, turn ${turn + 1}`)
    let addon: Comparison | undefined
    const plain: PlainResult[] = []
    for (let place = 0; place < 3; place++) {
      if (place === turn % 3)
        addon = await compare(input, { trackers, layout: KERNEL_LAYOUT, signal })
      else plain.push(await program.run(settings, signal))
    }
    const [one, two] = plain
    if (!addon || !one || !two) throw new Error('a run is missing')
    for (const tracker of trackers) {
      found[tracker].push({
        addon: addonMedian(addon, tracker),
        plain: [plainMedian(one, tracker), plainMedian(two, tracker)],
      })
    }
  }
  return { threads, of: found }
}

/** Addon to program, against the mean of the turn's two; and the program to itself. */
const tryOf = (turns: readonly Turn[]): Attempt => ({
  rounds: turns.map(({ addon, plain: [one, two] }) => addon / ((one + two) / 2)),
  noise: turns.map(({ plain: [one, two] }) => two / one),
  // The program does not say how its CPUs stood to each other, so the addon's would be half of it.
  run: null,
})

const figuresOf = (threads: number, tries: readonly Turns[]): Figure[] =>
  trackers.map((tracker) =>
    figure(
      {
        id: `addon/${threads}/${tracker}`,
        what: `addon / C, ${tracker}, ${threadWords(threads)}`,
        target: goal({ atLeast: 0.95, atMost: 1.05 }),
      },
      tries.map((turns) => tryOf(turns.of[tracker])),
    ),
  )

function lines(threads: number, tries: readonly Turns[]): string {
  return table(
    [threadWords(threads), 'addon: ns', 'plain C: ns'],
    trackers.map((tracker) => {
      const of = tries.map((turns) => turns.of[tracker])
      return [
        tracker,
        nsBand(poolRounds(of.map((turns) => turns.map(({ addon }) => addon))).band),
        nsBand(poolRounds(of.map((turns) => turns.flatMap(({ plain }) => plain))).band),
      ]
    }),
  )
}

const THREADS = [1, 2] as const

export const addonCost: Part = {
  name: 'addon',
  question: 'whether the addon adds anything to a plain C program that drives the same instances',
  seconds: (context) =>
    5 +
    THREADS.length *
      context.tries *
      (turnsOf(context) * 3 + 1) *
      timingSeconds({ variants: trackers.length, rounds: ROUNDS }, context),
  run: async (context) => {
    context.progress('building the program')
    const program = await buildPlain(context.signal)
    const made = await inTurns(THREADS, context, (threads, number) =>
      measure(program, threads, context, `try ${number}`),
    )
    const figures = THREADS.flatMap((threads, i) => figuresOf(threads, made[i] ?? []))
    const shown = program.flags.filter((flag) => /^-(?:[mfOs]|Wa,)/.test(flag))
    return {
      text: [
        '4 KiB mappings, 16 in flight, no copies; addon and program alternated, the program twice',
        'in each turn; medians over the turns of all tries. A process has its own place in memory:',
        'with two threads, what the shared counter costs differs from process to process (the noise',
        'control: program / program). How the timed CPUs stood is not measured of the program',
        ...THREADS.flatMap((threads, i) => ['', lines(threads, made[i] ?? [])]),
        '',
        figuresText(figures),
        `  the program: the addon's object files, and its own with ${shown.join(' ')}`,
      ].join('\n'),
      figures,
      data: { tries: made, layout: KERNEL_LAYOUT, flags: program.flags },
    }
  },
}
