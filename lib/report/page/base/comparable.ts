/** Whether a result and its base can be set beside each other: only what was made alike can. */
import { difference, differenceWords } from '../../../data/difference.js'
import { InputError } from '../../../data/errors.js'
import { countOf } from '../../../data/units.js'
import type { PageComparison, PageSweep } from '../documents/comparison.js'
import type { PageDocument } from '../documents/document.js'
import type { PageReplay } from '../documents/replay.js'

/** What must be the same of both, by what it is called: `another host` is one that differs. */
type Conditions = Readonly<Record<string, unknown>>

const NO_CONDITION: ReadonlySet<string> = new Set(['name', 'description', 'timing'])

/** How often and for how long it was timed makes the intervals, and nothing else. */
function conditionsOf(comparison: PageComparison, timed: boolean): Conditions {
  const { scenario, layout, pool, rows, machine, host, timing } = comparison
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
    layout,
    engine,
    machine: kind,
    // Where nothing was timed, nothing hangs on the host.
    ...(timed && {
      host: { cpuModel, cpus },
      timing: { threads, cpuIds, copy, pinned, realtime, oversubscribed },
    }),
  }
}

function conditionsOfReplay({ trace, pool, machine, ...replay }: PageReplay): Conditions {
  const { format, events } = trace
  const { maps, unmaps, resets } = replay
  const { noise, noiseNoCopy, largerAreas, largerAreasNoCopy, ...kind } = machine ?? {}
  return {
    trace: { format, events, maps, unmaps, resets },
    pool,
    engine: machine ? 'virtual' : 'serial',
    machine: kind,
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

/** A result and what it is compared with, of one kind. */
export type Pair =
  | { readonly kind: 'compare'; readonly before: PageComparison; readonly now: PageComparison }
  | { readonly kind: 'sweep'; readonly before: PageSweep; readonly now: PageSweep }
  | { readonly kind: 'replay'; readonly before: PageReplay; readonly now: PageReplay }

const WITH_BASE = 'expected results of compare, run, a series, demo or replay'

/** @throws InputError unless there is one base for each */
export function checkAsMany(before: readonly PageDocument[], now: readonly PageDocument[]): void {
  if (before.length === now.length) return
  const words = (all: readonly PageDocument[]): string => countOf(all.length, 'result')
  throw new InputError(
    `--base: ${now[0]?.file} holds ${words(now)}, and ${before[0]?.file} ${words(before)}; expected as many`,
  )
}

/** @throws InputError for results of which nothing can be told beside one another */
export function pairOf(before: PageDocument, now: PageDocument): Pair {
  const refuse = (words: string): never => {
    throw new InputError(`--base: ${now.file}: ${words}`)
  }
  const check = (both: readonly Both<Conditions>[]): void => {
    for (const [old, here] of both) {
      for (const [what, value] of Object.entries(here)) {
        const found = difference(value, old[what], what)
        if (!found) continue
        refuse(
          `another ${what} than the base's: ${differenceWords(found, before.file)}; expected a base that was made alike`,
        )
      }
    }
  }
  if (before.kind === 'compare' && now.kind === 'compare') {
    check([comparisonsAlike([before.result, now.result])])
    return { kind: 'compare', before: before.result, now: now.result }
  }
  if (before.kind === 'sweep' && now.kind === 'sweep') {
    check(sweepsAlike([before.result, now.result]))
    if (stepsOfBoth(before.result, now.result).length === 0) {
      refuse(`has no step that ${before.file} has; expected a base with some of its steps`)
    }
    return { kind: 'sweep', before: before.result, now: now.result }
  }
  if (before.kind === 'replay' && now.kind === 'replay') {
    check([[conditionsOfReplay(before.result), conditionsOfReplay(now.result)]])
    return { kind: 'replay', before: before.result, now: now.result }
  }
  return refuse(
    before.kind === now.kind
      ? `what ${now.kind} printed has no base; ${WITH_BASE}`
      : `is of another kind (${now.kind}) than its base ${before.file} (${before.kind}); expected two of one kind`,
  )
}
