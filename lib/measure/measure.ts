/**
 * The engine that measures: a scenario under several trackers, serially or on threads.
 *
 * | file           | what it does                                                              |
 * | -------------- | ------------------------------------------------------------------------- |
 * | accuracy.ts    | one run of a tracker for its mark, serially or on threads                 |
 * | course.ts      | what was in use and reported in the course of it                          |
 * | verdict.ts     | a mark against the truth                                                  |
 * | timing.ts      | several variants in one interleaved run of threads                        |
 * | rounds.ts      | the rounds of such a run, and those that figures are made of              |
 * | throughput.ts  | what rounds say of a variant's time                                       |
 * | slice-facts.ts | whether a variant's slices did what was to be timed                       |
 * | variants.ts    | variants of any tracker and layout, and the kernel's own code             |
 * | line.ts        | how the timed CPUs stood to each other                                    |
 * | statistics.ts  | medians and their intervals                                               |
 * | trail.ts       | bare operations, with all that they leave behind                          |
 */
import { areaBytesOf, baselineOf } from '../native/baseline.js'
import { nativeVariant } from '../native/inputs.js'
import { promiseOf } from '../native/trackers.js'
import type { MeasuredRow, RunOptions, Timing } from '../results/comparison.js'
import type { UsedCourse } from '../results/course.js'
import type { AnyTracker, Engine, Layout } from '../results/variant.js'
import type { Scenario } from '../scenario/schema.js'
import { type AccuracyRun, measureAccuracy } from './accuracy.js'
import { markCourse, usedCourse } from './course.js'
import { measureTiming, type TimedSlices } from './timing.js'

/** The share of a call's progress that the accuracy runs are given; the rest is timing. */
const ACCURACY_SHARE = 0.3

/** Tells the caller how far the whole is, from how far a part of it is. */
function partProgress(
  options: RunOptions,
  phase: string,
  from: number,
  share: number,
  work: { readonly unit: string; readonly total: number },
  tracker?: AnyTracker,
): (done: number) => void {
  const { unit, total } = work
  return (done) =>
    options.onProgress?.({
      ...{ phase, tracker, done: from + share * done },
      work: { count: done * total, unit },
    })
}

interface TimedTrackers {
  readonly timing: Timing
  readonly of: (tracker: AnyTracker, enabled: boolean) => TimedSlices
}

/** All trackers in one interleaved run; a switchable one with its switch on, and with it off. */
async function timeTrackers(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
  part: { readonly phase: string; readonly from: number; readonly share: number },
): Promise<TimedTrackers> {
  const onProgress = partProgress(options, part.phase, part.from, part.share, {
    unit: 'round',
    total: scenario.timing.rounds,
  })
  onProgress(0)
  const variants = trackers
    .filter((name) => name !== 'off')
    .flatMap((name) =>
      (name === 'switchable' ? [true, false] : [true]).map((enabled) => ({ name, enabled })),
    )
  const { timing, off, others } = await measureTiming(
    scenario,
    nativeVariant('off', layout, scenario.pool.slots),
    variants.map(({ name, enabled }) => ({
      variant: nativeVariant(name, layout, scenario.pool.slots, { ...options, enabled }),
      baseline: baselineOf(name, layout),
    })),
    { signal: options.signal, onProgress },
  )
  return {
    timing,
    of: (tracker, enabled) => {
      const at = variants.findIndex((v) => v.name === tracker && v.enabled === enabled)
      return at < 0 ? off : (others[at] as TimedSlices)
    },
  }
}

/** With the scenario's copies, and without: next to a copy, what a tracker costs is hard to see. */
async function timeWithAndWithoutCopies(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
): Promise<{ readonly full?: TimedTrackers; readonly bare?: TimedTrackers }> {
  if (options.timing === false) return {}
  const rest = 1 - ACCURACY_SHARE
  if (!scenario.copy) {
    const part = { phase: 'timing', from: ACCURACY_SHARE, share: rest }
    return { full: await timeTrackers(scenario, trackers, layout, options, part) }
  }
  const full = await timeTrackers(scenario, trackers, layout, options, {
    phase: 'timing with copies',
    from: ACCURACY_SHARE,
    share: rest / 2,
  })
  const bare = await timeTrackers({ ...scenario, copy: false }, trackers, layout, options, {
    phase: 'timing without copies',
    from: ACCURACY_SHARE + rest / 2,
    share: rest / 2,
  })
  return { full, bare }
}

/** What was timed of one variant: of a row, or of what a row has beside it. */
export type TimedRow = Pick<MeasuredRow, 'slices' | 'slicesNoCopy' | 'throughputNoCopy'> & {
  readonly tracker: string
}

interface Measured {
  /** In the order of the trackers, as are `runs`. */
  readonly rows: readonly MeasuredRow[]
  readonly usedCourse: UsedCourse | undefined
  readonly runs: readonly AccuracyRun[]
  /** The slices of switchable trackers that were switched off. */
  readonly switchedOff: readonly TimedRow[]
  readonly timing: Timing | null
  readonly timingNoCopy: Timing | null
}

/**
 * Runs a scenario under several trackers: the accuracy of each, and the timing of all in one
 * interleaved run.
 *
 * @throws InputError where the timing cannot be had; the signal's reason when it was aborted, after
 *   all threads have ended
 */
export async function measureScenario(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  engine: Exclude<Engine, 'virtual'>,
  layout: Layout,
  options: RunOptions,
): Promise<Measured> {
  const runs: AccuracyRun[] = []
  for (const [i, tracker] of trackers.entries()) {
    const share = ACCURACY_SHARE / trackers.length
    const phase = `accuracy of ${tracker}`
    const onProgress = partProgress(
      options,
      phase,
      i * share,
      share,
      { unit: 'step', total: scenario.steps },
      tracker,
    )
    onProgress(0)
    runs.push(
      await measureAccuracy(scenario, tracker, engine, layout, options, {
        signal: options.signal,
        course: options.course,
        onProgress,
      }),
    )
  }
  const { full, bare } = await timeWithAndWithoutCopies(scenario, trackers, layout, options)
  const timed = (tracker: AnyTracker, enabled: boolean) => {
    const [one, other] = [full?.of(tracker, enabled), bare?.of(tracker, enabled)]
    return {
      throughput: one?.throughput ?? null,
      throughputNoCopy: other?.throughput ?? null,
      slices: one?.slices ?? null,
      slicesNoCopy: other?.slices ?? null,
    }
  }
  const rows = trackers.map((tracker, i): MeasuredRow => {
    const { accuracy, counts, course } = runs[i] as AccuracyRun
    const { throughput, throughputNoCopy } = timed(tracker, false)
    return {
      tracker,
      promise: promiseOf(tracker, accuracy.bounds),
      accuracy,
      counts,
      ...(course && { markCourse: markCourse(course, accuracy.reportedSlots === null) }),
      areaBytes: areaBytesOf(tracker, layout),
      ...timed(tracker, true),
      switchedOff: tracker === 'switchable' && throughput ? { throughput, throughputNoCopy } : null,
    }
  })
  const [first] = runs
  return {
    rows,
    usedCourse: first?.course ? usedCourse(first.course, scenario.steps) : undefined,
    runs,
    switchedOff: trackers
      .filter((tracker) => tracker === 'switchable')
      .map((tracker) => ({
        ...timed(tracker, false),
        tracker: `${tracker}, switched off,`,
        throughputNoCopy: null,
      })),
    timing: full?.timing ?? null,
    timingNoCopy: bare?.timing ?? null,
  }
}
