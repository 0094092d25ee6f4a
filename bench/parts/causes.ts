/** Where the kernel's time goes: each cause taken away alone, and all of them together. */
import {
  type KernelLibraries,
  type Ratio,
  ratio,
  type TimedVariant,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import { AS_KERNEL, FLOOR, OFF, RESERVE, type Row, rows, TOGETHER } from '../causes.js'
import { predictCauses } from '../causes-virtual.js'
import type { Context, Goal, Part } from '../part.js'
import { steady } from '../scenarios.js'
import { conditions, goalsText, nsBand, ratioBand, table } from '../text.js'
import { ratioGoal, tryUntilMet } from '../verdict.js'

const TRIES = 3

const places = [
  { title: '1 thread', threads: 1, placement: 'spread' },
  { title: '2 threads, neighbouring areas', threads: 2, placement: 'neighbours' },
  { title: '2 threads, areas far apart', threads: 2, placement: 'spread' },
] as const
type Place = (typeof places)[number]

const roundsOf = ({ roundsNs }: TimedVariant): number[] => roundsNs.map((ns) => ns ?? Number.NaN)
const between = (a: TimedVariant, b: TimedVariant): Ratio => ratio(roundsOf(a), roundsOf(b))

function find({ variants }: VariantTiming, row: Row): TimedVariant {
  const found = variants[rows.indexOf(row)]
  if (!found) throw new Error(`${row.name} was not timed`)
  return found
}

/** The kernel's code with its counters, where it was timed. */
const kernelOf = ({ variants }: VariantTiming): TimedVariant | undefined =>
  variants.find(({ kernel }) => kernel?.counters)

function time({ threads, placement }: Place, { quick, signal, kernel }: Context) {
  return timeVariants(
    steady({ threads, placement, bytes: 4096, copy: false, rounds: quick ? 7 : 25 }, { quick }),
    [...rows.map(({ tracker, layout }) => ({ tracker, layout })), ...librariesOf(kernel)],
    { signal },
  )
}

function librariesOf(kernel: KernelLibraries | null) {
  if (!kernel) return []
  const { uncounted, counted } = kernel
  return [{ kernel: uncounted }, ...(counted ? [{ kernel: counted }] : [])]
}

function goalsOf({ title, threads }: Place, runs: readonly VariantTiming[]): Goal[] {
  const measurements = (a: Row, b: Row) =>
    runs.map((run) => ({
      measured: between(find(run, a), find(run, b)),
      noise: run.timing.noise,
    }))
  const goals = [
    ratioGoal(
      `reserve / off, the kernel's layout, ${title}`,
      { atMost: 1.03 },
      measurements(RESERVE, OFF),
    ),
    ratioGoal(
      `reserve / off, all three layouts, ${title}`,
      { atMost: 1.03 },
      measurements(TOGETHER, FLOOR),
    ),
  ]
  const beside = runs.flatMap((run) => {
    const kernel = kernelOf(run)
    const together = find(run, TOGETHER)
    return kernel ? [{ measured: between(kernel, together), noise: run.timing.noise }] : []
  })
  if (threads === 2 && beside.length > 0) {
    goals.push(ratioGoal(`kernel code / all together, ${title}`, { atLeast: 6 }, beside))
  }
  return goals
}

function lines(run: VariantTiming): string {
  const base = kernelOf(run) ?? find(run, AS_KERNEL)
  const line = (name: string, variant: TimedVariant): string[] => [
    name,
    nsBand(variant.throughput.nsPerPair),
    variant === base ? '1.00' : ratioBand(between(base, variant)),
  ]
  const kernel = run.variants
    .slice(rows.length)
    .map((variant) =>
      line(`the kernel's code ${variant.kernel?.counters ? 'with' : 'without'} counters`, variant),
    )
  const against = base.kernel ? 'kernel code with counters' : 'global-atomic'
  return table(
    ['what is changed', 'ns per map+unmap', `times faster than ${against}`],
    [...kernel, ...rows.map((row) => line(row.name, find(run, row)))],
  )
}

/** The run with the least noise. */
function steadiest(runs: readonly VariantTiming[]): VariantTiming {
  const spread = ({ timing: { noise } }: VariantTiming): number => noise.high / noise.low
  const [first] = [...runs].sort((a, b) => spread(a) - spread(b))
  if (!first) throw new Error('nothing was measured')
  return first
}

export const causes: Part = {
  name: 'causes',
  question: 'counters, area padding, counter line, slot index: what each costs alone',
  run: async (context) => {
    const texts = [
      '4 KiB mappings, 16 in flight, no copies; first measured, then predicted; each row changes one thing in what the port has as',
      'the kernel has it, the last three several',
    ]
    const goals: Goal[] = []
    const data: unknown[] = []
    for (const place of places) {
      const made = await tryUntilMet(
        context.quick ? 1 : TRIES,
        (number) => {
          context.progress(`${place.title}, try ${number}`)
          return time(place, context)
        },
        (runs) => goalsOf(place, runs),
      )
      const shown = steadiest(made.all)
      const which =
        made.all.length > 1 ? `, the try of ${made.all.length} with the least noise` : ''
      texts.push('', `${place.title}${which}`, lines(shown), conditions(shown.timing))
      goals.push(...made.goals)
      data.push({ place, tries: made.all })
    }
    if (!context.kernel?.counted) {
      texts.push('', "without the kernel's code with counters: --kernel-source DIR puts it beside")
    }
    const predicted = await predictCauses(context)
    return {
      text: [...texts, predicted.text, '', goalsText(goals)].join('\n'),
      goals,
      data: { measured: data, predicted: predicted.data },
    }
  },
}
