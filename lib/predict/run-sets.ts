/**
 * Several trackers in virtual time, each in a run of its own beside `off`: once with copies, and once
 * more without.
 */

import { closeSync } from 'node:fs'
import type { CostModel } from '../data/cost-model.js'
import { areaBytesOf, baselineOf, distinct } from '../native/baseline.js'
import type { NativeVirtual } from '../native/plans/virtual.js'
import type { NativeOptions } from '../native/run.js'
import type { MeasuredRow } from '../results/comparison.js'
import type { LargerAreas, Ratio } from '../results/figures.js'
import type { Timeline } from '../results/timeline.js'
import type { AnyTracker, Layout, Progress } from '../results/variant.js'
import type { Topology, VirtualRow } from '../results/virtual.js'
import { openNameless } from '../trace/index.js'
import { predictionOf, ratioTo, throughputOf } from './prediction.js'

/** A run under every tracker: all with copies, or all without. */
interface RunSet<R extends NativeVirtual> {
  readonly off: R
  readonly noise: Ratio
  readonly largerAreas: readonly LargerAreas[]
  readonly of: ReadonlyMap<string, R>
}

export interface RunSets<R extends NativeVirtual> {
  readonly full: RunSet<R>
  /** Without copies; null where there are none, or it was left out. */
  readonly bare: RunSet<R> | null
}

/** One run from the beginning: it depends on nothing but what is said here. */
interface Run {
  /** Or the number of a baseline. */
  readonly tracker: AnyTracker | number
  /** Of a switchable tracker: its switch. */
  readonly enabled: boolean
  readonly seed: number
  readonly copy: boolean
  /** Where its events go; null for nowhere. */
  readonly eventsFile: number | null
  readonly mostEvents: number
}

export type RunOne<R extends NativeVirtual> = (run: Run, options: NativeOptions) => Promise<R>

interface RunSetOptions {
  readonly layout: Layout
  readonly seed: number
  readonly copy: boolean
  /** Whether to run without copies as well. */
  readonly bareToo: boolean
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Is told the events of each tracker's run, with its copies if there are any. */
  readonly timeline?: Timeline | undefined
  readonly cpus: number
}

const NO_EVENTS = { eventsFile: null, mostEvents: 0 } as const

const keyOf = (tracker: AnyTracker | number, enabled: boolean): string => `${tracker} ${enabled}`

/** Only a switchable tracker is also run with its switch off. */
const runsOf = (trackers: readonly AnyTracker[]) =>
  trackers.flatMap((tracker) =>
    (tracker === 'switchable' ? [true, false] : [true]).map((enabled) => ({ tracker, enabled })),
  )

/** Every run begins anew from the seed, so the order of the runs decides nothing. */
async function runSet<R extends NativeVirtual>(
  runOne: RunOne<R>,
  trackers: readonly AnyTracker[],
  { layout, seed, copy, signal, onProgress, timeline, cpus }: RunSetOptions,
  part: { readonly phase: string; readonly from: number; readonly share: number },
): Promise<RunSet<R>> {
  const others = runsOf(trackers.filter((name) => name !== 'off'))
  const baselines = distinct(others.map(({ tracker }) => baselineOf(tracker, layout)))
  const total = others.length + baselines.length + 2
  let done = 0
  const run = async (
    tracker: AnyTracker | number,
    enabled: boolean,
    itsSeed = seed,
    events: Pick<Run, 'eventsFile' | 'mostEvents'> = NO_EVENTS,
  ): Promise<R> => {
    const begun = done++
    // A baseline runs no code of any tracker's.
    const name = typeof tracker === 'number' ? 'off' : tracker
    const report = (share: number): void =>
      onProgress?.({
        phase: `${name}${part.phase}`,
        tracker: name,
        done: part.from + (part.share * (begun + share)) / total,
      })
    report(0)
    return runOne(
      { tracker, enabled, seed: itsSeed, copy, ...events },
      { signal, onProgress: report },
    )
  }
  let untold = trackers.length
  /** A run that is one of the rows. */
  const shown = async (tracker: AnyTracker, enabled: boolean): Promise<R> => {
    if (!timeline || !enabled || !trackers.includes(tracker)) return run(tracker, enabled)
    const eventsFile = openNameless()
    try {
      const mostEvents = timeline.room(untold--)
      const result = await run(tracker, enabled, seed, { eventsFile, mostEvents })
      timeline.virtual({ tracker, cpus }, eventsFile, result.events)
      return result
    } finally {
      closeSync(eventsFile)
    }
  }
  const off = await shown('off', true)
  const noise = ratioTo(await run('off', true, seed > 0 ? seed - 1 : 1), off, cpus)
  const of = new Map([[keyOf('off', true), off]])
  const largerAreas: LargerAreas[] = []
  for (const { number, ...areas } of baselines) {
    const baseline = await run(number, true)
    of.set(keyOf(number, true), baseline)
    largerAreas.push({ ...areas, vsOff: ratioTo(baseline, off, cpus) })
  }
  for (const { tracker, enabled } of others) {
    of.set(keyOf(tracker, enabled), await shown(tracker, enabled))
  }
  return { off, noise, largerAreas, of }
}

export async function runSets<R extends NativeVirtual>(
  runOne: RunOne<R>,
  trackers: readonly AnyTracker[],
  options: RunSetOptions,
): Promise<RunSets<R>> {
  const share = options.bareToo ? 0.5 : 1
  const full = await runSet(runOne, trackers, options, { phase: '', from: 0, share })
  if (!options.bareToo) return { full, bare: null }
  const phase = ', no copies'
  const without = { ...options, copy: false, timeline: undefined }
  return { full, bare: await runSet(runOne, trackers, without, { phase, from: share, share }) }
}

/** What the machine and the runs on it have in common, as it is reported. */
export const machineOf = <R extends NativeVirtual>(
  topology: Topology,
  { name, description }: CostModel,
  copy: boolean,
  { full, bare }: RunSets<R>,
) => ({
  ...topology,
  costModel: { name, description },
  copy,
  noise: full.noise,
  largerAreas: full.largerAreas,
  noiseNoCopy: bare?.noise ?? null,
  largerAreasNoCopy: bare?.largerAreas ?? null,
})

/** A tracker's run with its copies, its switch on. */
export function runOf<R extends NativeVirtual>({ full }: RunSets<R>, tracker: AnyTracker): R {
  return full.of.get(keyOf(tracker, true)) as R
}

/** The `off` of a set that a tracker's run in it is held against: with areas of the same size. */
export function offOf<R extends NativeVirtual>(
  set: RunSet<R>,
  tracker: AnyTracker,
  layout: Layout,
): R {
  const baseline = baselineOf(tracker, layout)
  return baseline ? (set.of.get(keyOf(baseline.number, true)) as R) : set.off
}

type Times = Pick<
  MeasuredRow,
  'areaBytes' | 'throughput' | 'throughputNoCopy' | 'slices' | 'slicesNoCopy' | 'switchedOff'
> & {
  readonly virtual: VirtualRow
}

export function timesOf<R extends NativeVirtual>(
  { full, bare }: RunSets<R>,
  tracker: AnyTracker,
  topology: Topology,
  layout: Layout,
): Times {
  const found = (set: RunSet<R>, enabled: boolean) => set.of.get(keyOf(tracker, enabled)) as R
  const off = (set: RunSet<R>): R => offOf(set, tracker, layout)
  const times = (enabled: boolean) => ({
    throughput: throughputOf(found(full, enabled), off(full), topology),
    throughputNoCopy: bare ? throughputOf(found(bare, enabled), off(bare), topology) : null,
  })
  const switched = tracker === 'switchable' ? times(false) : null
  return {
    areaBytes: areaBytesOf(tracker, layout),
    ...times(true),
    slices: null,
    slicesNoCopy: null,
    switchedOff: switched?.throughput ? { ...switched, throughput: switched.throughput } : null,
    virtual: {
      full: predictionOf(found(full, true), off(full)),
      bare: bare ? predictionOf(found(bare, true), off(bare)) : null,
    },
  }
}

/** Of all runs. */
export function anyOf<R extends NativeVirtual>(
  { full, bare }: RunSets<R>,
  test: (run: R) => boolean,
): boolean {
  return [...full.of.values(), ...(bare?.of.values() ?? [])].some(test)
}
