/** Whether a result and its base can be set beside each other: only what was made alike can. */
import { difference, differenceWords } from '../../../data/difference.js'
import { InputError } from '../../../data/errors.js'
import { countOf } from '../../../data/units.js'
import type { PageComparison, PageSweep } from '../documents/comparison.js'
import type { PageDocument } from '../documents/document.js'
import type { PageReplay } from '../documents/replay.js'
import { type PageSize, type PageSizing, sizingsOf } from '../documents/size.js'

/**
 * What must be the same of both, by what it is called: `another host` is one that differs. Undefined is
 * what a result does not tell.
 */
type Conditions = Readonly<Record<string, unknown>>

const NO_CONDITION: ReadonlySet<string> = new Set(['name', 'description', 'timing'])

/** How often and for how long it was timed makes the intervals, and nothing else. */
function conditionsOf(comparison: PageComparison, timed: boolean): Conditions {
  const { scenario, layout, tuning, memOffset, pool, rows, machine, host, timing } = comparison
  const engine = rows[0]?.accuracy.engine
  const { noise, noiseNoCopy, largerAreas, largerAreasNoCopy, ...kind } = machine ?? {}
  const { cpuModel, cpus } = host ?? {}
  const { threads, cpuIds, copy, pinned, realtime, oversubscribed } = timing ?? {}
  return {
    scenario: {
      ...Object.fromEntries(Object.entries(scenario).filter(([key]) => !NO_CONDITION.has(key))),
      placement: scenario.timing.placement,
    },
    pool: { slots: pool.slots, areas: pool.areas },
    layout: { ...layout, memOffset },
    tuning,
    engine,
    machine: kind,
    // Where nothing was timed, nothing hangs on the host.
    ...(timed && {
      host: { cpuModel, cpus },
      timing: { threads, cpuIds, copy, pinned, realtime, oversubscribed },
    }),
  }
}

/** A trace is known by what is counted in it, and by its time. */
function conditionsOfReplay({ trace, pool, machine, ...replay }: PageReplay): Conditions {
  const { format, events, lost } = trace
  const { maps, unmaps, resets, usedBefore, kernelPeakSlots, clock, layout, tuning } = replay
  const { noise, noiseNoCopy, largerAreas, largerAreasNoCopy, ...kind } = machine ?? {}
  const { nslabs, nareas, start, grow } = pool
  const { spanNs, ...looks } = clock ?? {}
  return {
    trace: { format, events, maps, unmaps, resets, usedBefore, kernelPeakSlots, spanNs, lost },
    pool: { nslabs, nareas, start },
    growth: grow,
    layout,
    tuning,
    engine: machine ? 'virtual' : 'serial',
    machine: kind,
    'way of looking': looks,
  }
}

/** What is asked for says which trace it is; what was asked about it may be another, and is told. */
function conditionsOfSizing(sizing: PageSizing): Conditions {
  const { maps, demandPeakSlots, largestMapSlots, neverServed, asked } = sizing
  return {
    trace: { maps, demandPeakSlots, largestMapSlots, neverServed },
    // Whether it is told at all.
    question: asked && {},
  }
}

type Both<T> = readonly [before: T, now: T]

const comparisonsAlike = ([before, now]: Both<PageComparison>): Both<Conditions> => {
  const timed = before.timing !== null && now.timing !== null
  return [conditionsOf(before, timed), conditionsOf(now, timed)]
}

/** The steps that both have. */
export function stepsOfBoth(
  before: PageSweep,
  now: PageSweep,
): { readonly value: number; readonly old: PageComparison; readonly here: PageComparison }[] {
  return now.steps.flatMap(({ value, comparison }) => {
    const old = before.steps.find((step) => step.value === value)?.comparison
    return old ? [{ value, old, here: comparison }] : []
  })
}

function sweepsAlike([before, now]: Both<PageSweep>): Both<Conditions>[] {
  return [
    [{ series: { over: before.parameter } }, { series: { over: now.parameter } }],
    ...stepsOfBoth(before, now).map(({ old, here }) => comparisonsAlike([old, here])),
  ]
}

/** A sizing and that of the same place in the base. */
interface SizingPair {
  readonly before: PageSizing
  readonly now: PageSizing
}

function sizingPairs(before: PageSize, now: PageSize): SizingPair[] {
  const old = sizingsOf(before)
  return sizingsOf(now).flatMap(({ place, sizing }) => {
    const past = old.find((one) => one.place === place)
    return past ? [{ before: past.sizing, now: sizing }] : []
  })
}

function sizesAlike([before, now]: Both<PageSize>): Both<Conditions>[] {
  const traces = ({ traces: all }: PageSize): Conditions => ({
    'number of traces': all?.length ?? 1,
  })
  return [
    [traces(before), traces(now)],
    ...sizingPairs(before, now).map(
      (pair) => [conditionsOfSizing(pair.before), conditionsOfSizing(pair.now)] as const,
    ),
  ]
}

type Compared =
  | { readonly kind: 'compare'; readonly before: PageComparison; readonly now: PageComparison }
  | { readonly kind: 'sweep'; readonly before: PageSweep; readonly now: PageSweep }
  | { readonly kind: 'replay'; readonly before: PageReplay; readonly now: PageReplay }
  | { readonly kind: 'size'; readonly before: PageSizing; readonly now: PageSizing }

/** What a section shows, and what it is compared with, of one kind. */
export type Pair = Compared & {
  /** Conditions that not both tell. */
  readonly untold: readonly string[]
}

const WITH_BASE = 'expected results of compare, run, a series, demo, replay or size'

/** @throws InputError unless there is one base for each */
export function checkAsMany(before: readonly PageDocument[], now: readonly PageDocument[]): void {
  if (before.length === now.length) return
  const words = (all: readonly PageDocument[]): string => countOf(all.length, 'result')
  throw new InputError(
    `--base: ${now[0]?.file} holds ${words(now)}, and ${before[0]?.file} ${words(before)}; expected as many`,
  )
}

/**
 * A pair for each section of a result.
 *
 * @throws InputError for results of which nothing can be told beside one another
 */
export function pairsOf(before: PageDocument, now: PageDocument): Pair[] {
  const refuse = (words: string): never => {
    throw new InputError(`--base: ${now.file}: ${words}`)
  }
  /** What not both tell. */
  const check = (both: readonly Both<Conditions>[]): string[] => {
    const untold = new Set<string>()
    for (const [old, here] of both) {
      for (const [what, value] of Object.entries(here)) {
        if (value === undefined || old[what] === undefined) {
          untold.add(what)
          continue
        }
        const found = difference(value, old[what], what)
        if (!found) continue
        refuse(
          `another ${what} than the base's: ${differenceWords(found, before.file)}; expected a base that was made alike`,
        )
      }
    }
    return [...untold]
  }
  if (before.kind === 'compare' && now.kind === 'compare') {
    const untold = check([comparisonsAlike([before.result, now.result])])
    return [{ kind: 'compare', before: before.result, now: now.result, untold }]
  }
  if (before.kind === 'sweep' && now.kind === 'sweep') {
    const untold = check(sweepsAlike([before.result, now.result]))
    if (stepsOfBoth(before.result, now.result).length === 0) {
      refuse(`has no step that ${before.file} has; expected a base with some of its steps`)
    }
    return [{ kind: 'sweep', before: before.result, now: now.result, untold }]
  }
  if (before.kind === 'replay' && now.kind === 'replay') {
    const untold = check([[conditionsOfReplay(before.result), conditionsOfReplay(now.result)]])
    return [{ kind: 'replay', before: before.result, now: now.result, untold }]
  }
  if (before.kind === 'size' && now.kind === 'size') {
    const untold = check(sizesAlike([before.result, now.result]))
    return sizingPairs(before.result, now.result).map((pair) => ({ kind: 'size', ...pair, untold }))
  }
  return refuse(
    before.kind === now.kind
      ? `what ${now.kind} printed has no base; ${WITH_BASE}`
      : `is of another kind (${now.kind}) than its base ${before.file} (${before.kind}); expected two of one kind`,
  )
}
