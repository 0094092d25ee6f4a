/** Whether a timing through the addon is that of a plain C program. */
import {
  type Comparison,
  compare,
  estimate,
  type Layout,
  type Ratio,
  ratio,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Context, Goal, Part } from '../part.js'
import { buildPlain, type PlainProgram, type PlainResult } from '../plain.js'
import { steady } from '../scenarios.js'
import { goalsText, nsBand, ratioBand, table, threadWords } from '../text.js'
import { ratioGoal, tryUntilMet } from '../verdict.js'

const TRIES = 3
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
  { quick, signal, progress }: Context,
  title: string,
): Promise<Turns> {
  const rounds = quick ? 5 : 9
  const input = steady(
    { threads, placement: 'spread', bytes: 4096, copy: false, rounds },
    { quick },
  )
  const found: Record<Timed, Turn[]> = { off: [], 'global-atomic': [] }
  // A first run, thrown away, says how the addon sets up what the program is to repeat.
  const first: VariantTiming = await timeVariants(
    input,
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
  const settings = { ...first, trackers }
  for (let turn = 0; turn < (quick ? 3 : 18); turn++) {
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
function ratios(turns: readonly Turn[]): { readonly measured: Ratio; readonly noise: Ratio } {
  return {
    measured: ratio(
      turns.map(({ addon }) => addon),
      turns.map(({ plain: [one, two] }) => (one + two) / 2),
    ),
    noise: ratio(
      turns.map(({ plain }) => plain[1]),
      turns.map(({ plain }) => plain[0]),
    ),
  }
}

function goalsOf(tries: readonly Turns[]): Goal[] {
  const threads = tries[0]?.threads ?? 0
  return trackers.map((tracker) =>
    ratioGoal(
      `addon / C, ${tracker}, ${threadWords(threads)}`,
      { atLeast: 0.95, atMost: 1.05 },
      tries.map((turns) => ratios(turns.of[tracker])),
    ),
  )
}

function lines(turns: Turns): string {
  return table(
    [threadWords(turns.threads), 'addon: ns', 'plain C: ns', 'addon / C', 'C / C'],
    trackers.map((tracker) => {
      const of = turns.of[tracker]
      const { measured, noise } = ratios(of)
      return [
        tracker,
        nsBand(estimate(of.map((turn) => turn.addon))),
        nsBand(estimate(of.flatMap((turn) => turn.plain))),
        ratioBand(measured),
        ratioBand(noise),
      ]
    }),
  )
}

export const addonCost: Part = {
  name: 'addon',
  question: 'whether the addon adds anything to a plain C program that drives the same instances',
  run: async (context) => {
    context.progress('building the program')
    const program = await buildPlain(context.signal)
    const made: { readonly all: readonly Turns[]; readonly goals: readonly Goal[] }[] = []
    for (const threads of [1, 2]) {
      made.push(
        await tryUntilMet(
          TRIES,
          (number) => measure(program, threads, context, `try ${number}`),
          goalsOf,
        ),
      )
    }
    const goals = made.flatMap((one) => one.goals)
    const shown = program.flags.filter((flag) => /^-(?:[mfOs]|Wa,)/.test(flag))
    return {
      text: [
        '4 KiB mappings, 16 in flight, no copies; addon and program alternated, the program twice',
        'in each turn; medians over the turns of the last try. A process has its own place in memory:',
        'with two threads, what the shared counter costs differs from process to process (C / C)',
        ...made.flatMap(({ all }) => ['', ...all.slice(-1).map(lines)]),
        '',
        goalsText(goals),
        `  the program: the addon's object files, and its own with ${shown.join(' ')}`,
      ].join('\n'),
      goals,
      data: { tries: made.map(({ all }) => all), layout: KERNEL_LAYOUT, flags: program.flags },
    }
  },
}
