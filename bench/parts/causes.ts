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
import { timeCopies } from '../copies.js'
import type { Context, Goal, Part } from '../part.js'
import { steady, type Wanted } from '../scenarios.js'
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

const wantedOf = ({ threads, placement }: Place, { quick }: Context): Wanted => ({
  threads,
  placement,
  bytes: 4096,
  copy: false,
  rounds: quick ? 7 : 25,
})

function time(place: Place, context: Context) {
  const { quick, signal, kernel } = context
  return timeVariants(
    steady(wantedOf(place, context), { quick }),
    [...rows.map(({ tracker, layout }) => ({ tracker, layout })), ...librariesOf(kernel)],
    { signal },
  )
}

function librariesOf(kernel: KernelLibraries | null) {
  if (!kernel) return []
  const { uncounted, counted } = kernel
  return [{ kernel: uncounted }, ...(counted ? [{ kernel: counted }] : [])]
}

type Measurement = Awaited<ReturnType<typeof timeCopies>>

/** All variants in the same rounds; and `reserve` and `off`, four of each, in rounds of their own. */
interface Attempt {
  readonly all: VariantTiming
  readonly asKernel: Measurement
  readonly together: Measurement
}

async function attempt(place: Place, context: Context): Promise<Attempt> {
  const wanted = wantedOf(place, context)
  return {
    all: await time(place, context),
    asKernel: await timeCopies(RESERVE, OFF, wanted, context),
    together: await timeCopies(TOGETHER, FLOOR, wanted, context),
  }
}

function goalsOf({ title, threads }: Place, tries: readonly Attempt[]): Goal[] {
  const goals = [
    ratioGoal(
      `reserve / off, the kernel's layout, ${title}`,
      { atMost: 1.03 },
      tries.map(({ asKernel }) => asKernel),
    ),
    ratioGoal(
      `reserve / off, all three layouts, ${title}`,
      { atMost: 1.03 },
      tries.map(({ together }) => together),
    ),
  ]
  const beside = tries.flatMap(({ all }) => {
    const kernel = kernelOf(all)
    const together = find(all, TOGETHER)
    return kernel ? [{ measured: between(kernel, together), noise: all.timing.noise }] : []
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
          return attempt(place, context)
        },
        (tries) => goalsOf(place, tries),
      )
      const shown = steadiest(made.all.map(({ all }) => all))
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
