/** What tracking costs when two threads map at once and share nothing but the tracker. */
import { type Ratio, type TimedVariant, timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Context, Goal, Part } from '../part.js'
import { steady } from '../scenarios.js'
import { conditions, goalsText, layoutWords, nsBand, ratioBand, table } from '../text.js'
import { ratioGoal, tryUntilMet } from '../verdict.js'

const TRIES = 3
const trackers = ['off', 'global-atomic', 'per-area'] as const

function time(
  placement: 'spread' | 'neighbours',
  { quick, signal }: Context,
): Promise<VariantTiming> {
  const rounds = quick ? 9 : 25
  return timeVariants(
    steady({ threads: 2, placement, bytes: 4096, copy: false, rounds }, { quick }),
    trackers.map((tracker) => ({ tracker })),
    { signal },
  )
}

function goalsOf(runs: readonly VariantTiming[]): Goal[] {
  const measurements = (tracker: string): { measured: Ratio; noise: Ratio }[] =>
    runs.flatMap(({ variants, timing }) =>
      variants
        .filter((variant) => variant.tracker === tracker)
        .map(({ throughput }) => ({ measured: throughput.vsOff, noise: timing.noise })),
    )
  return [
    ratioGoal('global-atomic / off', { atLeast: 1.3 }, measurements('global-atomic')),
    ratioGoal('per-area / off', { atMost: 1.1 }, measurements('per-area')),
  ]
}

function rows(run: VariantTiming): string {
  const line = ({ tracker, throughput }: TimedVariant, i: number): string[] => [
    tracker,
    nsBand(throughput.nsPerPair),
    i === 0 ? '1.00' : ratioBand(throughput.vsOff),
  ]
  const head = ['tracker', 'ns per map+unmap', 'x off']
  return `${table(head, run.variants.map(line))}\n${conditions(run.timing)}`
}

/** The run with the least noise is shown; the goals show every try. */
function steadiest(runs: readonly VariantTiming[]): VariantTiming | undefined {
  const spread = ({ timing: { noise } }: VariantTiming): number => noise.high / noise.low
  return [...runs].sort((a, b) => spread(a) - spread(b))[0]
}

export const twoThreads: Part = {
  name: 'two-threads',
  question: 'what tracking costs with two threads on areas of different cache lines, no copies',
  run: async (context) => {
    const { all, goals } = await tryUntilMet(
      TRIES,
      (number) => {
        context.progress(`areas far apart, try ${number}`)
        return time('spread', context)
      },
      goalsOf,
    )
    context.progress('neighbouring areas')
    const neighbours = await time('neighbours', context)
    const shown = steadiest(all)
    const layout = shown?.variants[0]?.layout
    return {
      text: [
        `4 KiB mappings, 16 in flight, ${layout ? layoutWords(layout) : ''}`,
        '',
        `areas of different cache lines${all.length > 1 ? `, the try of ${all.length} with the least noise` : ''}`,
        shown ? rows(shown) : '',
        '',
        'neighbouring areas, on one cache line (no goal)',
        rows(neighbours),
        '',
        goalsText(goals),
      ].join('\n'),
      goals,
      data: { spread: all, neighbours },
    }
  },
}
