/** Where the kernel's time goes: each cause taken away alone, and all of them together. */
import {
  type KernelLibraries,
  type TimedVariant,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import { ALL_CHANGED, AS_KERNEL, FLOOR, OFF, RESERVE, type Row, rows } from '../causes.js'
import { predictCauses } from '../causes-virtual.js'
import { COPIES, timeCopies } from '../copies.js'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { type Sorting, sortRounds } from '../regime.js'
import { type Place, places, steady, type Wanted } from '../scenarios.js'
import { byRegime, changedText, figuresText, nsBand, ratioBand, table } from '../text.js'
import { inTurns, nsOf, type Runs, ratioOf, timingSeconds, tryOf } from '../tries.js'
import { type Attempt, figure, goal } from '../verdict.js'

const ROUNDS = 25
/** In virtual time, all of it; it does not depend on the tries. */
const PREDICTION_SECONDS = { full: 60, quick: 10 } as const

const find =
  (row: Row) =>
  (run: VariantTiming): TimedVariant => {
    const found = run.variants[rows.indexOf(row)]
    if (!found) throw new Error(`${row.name} was not timed`)
    return found
  }

const kernelWith = (counters: boolean) => (run: VariantTiming) => {
  const found = run.variants.find(({ kernel }) => kernel?.counters === counters)
  if (!found) throw new Error("the kernel's code was not timed")
  return found
}

const wantedOf = ({ threads, placement }: Place): Wanted => ({
  threads,
  placement,
  bytes: 4096,
  copy: false,
  rounds: ROUNDS,
})

function librariesOf(kernel: KernelLibraries | null) {
  if (!kernel) return []
  const { uncounted, counted } = kernel
  return [{ kernel: uncounted }, ...(counted ? [{ kernel: counted }] : [])]
}

/** All variants in the same rounds; and `reserve` and `off`, four of each, in rounds of their own. */
interface Made {
  readonly all: VariantTiming
  readonly asKernel: Attempt
  readonly together: Attempt
}

async function make(place: Place, context: Context): Promise<Made> {
  const { signal, kernel } = context
  const wanted = wantedOf(place)
  return {
    all: await timeVariants(
      steady(wanted, context),
      [...rows.map(({ tracker, layout }) => ({ tracker, layout })), ...librariesOf(kernel)],
      { signal },
    ),
    asKernel: await timeCopies(RESERVE, OFF, wanted, context),
    together: await timeCopies(ALL_CHANGED, FLOOR, wanted, context),
  }
}

/** Whether the kernel's code with its counters was timed. */
const counted = ({ kernel }: Context): boolean => Boolean(kernel?.counted)

function figuresOf(
  { key, title, threads }: Place,
  tries: readonly Made[],
  sorting: Sorting,
  context: Context,
): Figure[] {
  const figures = [
    figure(
      {
        id: `causes/${key}/reserve-as-kernel`,
        what: `reserve / off, the kernel's layout, ${title}`,
        target: goal({ atMost: 1.03 }),
      },
      tries.map(({ asKernel }) => asKernel),
      sorting,
    ),
    figure(
      {
        id: `causes/${key}/reserve-together`,
        what: `reserve / off, all three layouts, ${title}`,
        target: goal({ atMost: 1.03 }),
      },
      tries.map(({ together }) => together),
      sorting,
    ),
  ]
  if (!counted(context)) return figures
  return [
    ...figures,
    figure(
      {
        id: `causes/${key}/all-together`,
        what: `kernel code / all together, ${title}`,
        ...(threads === 2 && { target: goal({ atLeast: 6 }) }),
      },
      tries.map(({ all }) => tryOf(all, kernelWith(true)(all), find(ALL_CHANGED)(all))),
      sorting,
    ),
  ]
}

function lines(runs: Runs, context: Context): string {
  const base = counted(context) ? kernelWith(true) : find(AS_KERNEL)
  const line = (name: string, of: (run: VariantTiming) => TimedVariant): string[] => [
    name,
    nsBand(nsOf(runs, of)),
    ratioBand(ratioOf(runs, base, of)),
  ]
  const kernel = librariesOf(context.kernel).map(({ kernel: { counters } }) =>
    line(`the kernel's code ${counters ? 'with' : 'without'} counters`, kernelWith(counters)),
  )
  const against = counted(context) ? 'kernel code with counters' : 'global-atomic'
  return table(
    ['what is changed', 'ns per map+unmap', `times faster than ${against}`],
    [...kernel, ...rows.map((row) => line(row.name, find(row)))],
  )
}

export const causes: Part = {
  name: 'causes',
  question: 'counters, area padding, counter line, slot index: what each costs alone',
  seconds: (context) =>
    (context.quick ? PREDICTION_SECONDS.quick : PREDICTION_SECONDS.full) +
    places.length *
      context.tries *
      (timingSeconds({ variants: rows.length + 2, rounds: ROUNDS }, context) +
        2 * timingSeconds({ variants: 2 * COPIES, rounds: ROUNDS }, context)),
  run: async (context) => {
    const made = await inTurns(places, context, (place, number) => {
      context.progress(`${place.title}, try ${number}`)
      return make(place, context)
    })
    const texts = [
      '4 KiB mappings, 16 in flight, no copies; first measured, then predicted; each row changes one thing in what the port has as',
      'the kernel has it, the last three several',
    ]
    const timed = made
      .flat()
      .flatMap(({ all, asKernel, together }) =>
        [all, asKernel.run, together.run].filter((run) => run !== null),
      )
    const sorting = sortRounds(timed)
    for (const [i, { title }] of places.entries()) {
      const own = (made[i] ?? []).map(({ all }) => all)
      texts.push(...byRegime(title, own, sorting, (runs) => lines(runs, context)))
    }
    texts.push(...changedText(timed, sorting))
    if (!counted(context)) {
      texts.push('', "without the kernel's code with counters: --kernel-source DIR puts it beside")
    }
    const predicted = await predictCauses(context)
    const figures = [
      ...places.flatMap((place, i) => figuresOf(place, made[i] ?? [], sorting, context)),
      ...predicted.figures,
    ]
    return {
      text: [...texts, predicted.text, '', figuresText(figures)].join('\n'),
      figures,
      data: {
        measured: places.map(({ key }, i) => ({ place: key, tries: made[i] })),
        predicted: predicted.data,
      },
    }
  },
}
