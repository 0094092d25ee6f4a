/** The accuracy run of one tracker, in the engine that was asked for. */
import { type NativeAccuracy, type NativeOptions, runNative } from '../native.js'
import type { Scenario } from '../scenario/schema.js'
import type { TrackerName } from '../trackers.generated.js'
import { nativePool, nativeVariant, nativeWorkload } from './plan.js'
import type { Accuracy, Counts, Engine, Layout, Tuning } from './types.js'
import { judge } from './verdict.js'

/** Steps per CPU of the threads run that only counts locked instructions. */
const COUNTING_STEPS = 20_000

export interface AccuracyRun {
  readonly accuracy: Accuracy
  readonly counts: Counts
  /** An invariant of the allocator that did not hold. */
  readonly broken: string | null
}

function counts(result: NativeAccuracy, counted: NativeAccuracy): Counts {
  const maps = Math.max(counted.maps, 1)
  return {
    maps: result.maps,
    unmaps: result.unmaps,
    failedMaps: result.failedMaps,
    failedSlots: result.failedSlots,
    spills: result.spills,
    usedSlots: result.used,
    demandPeakSlots: result.demandPeak,
    lockedOpsPerMap: counted.locked / maps,
    cmpxchgRetriesPerMap: counted.cmpxchgRetries / maps,
    bufferFull:
      result.full > 0
        ? {
            count: result.full,
            sizeBytes: result.fullSize,
            totalSlots: result.fullTotal,
            usedSlots: result.fullUsed,
          }
        : null,
  }
}

/** Whether the tracker keeps a mark at all. */
export function keepsMark(tracker: TrackerName): boolean {
  return tracker !== 'off'
}

export async function measureAccuracy(
  scenario: Scenario,
  tracker: TrackerName,
  engine: Engine,
  layout: Layout,
  tuning: Tuning,
  options: NativeOptions,
): Promise<AccuracyRun> {
  const common = {
    pool: nativePool(scenario),
    variant: nativeVariant(tracker, layout, scenario.pool.slots, tuning),
    // Where slots lie does not depend on what is copied into them.
    workload: { ...nativeWorkload(scenario), copy: false },
  }
  const threads = (steps: number, instrumented: boolean): Promise<NativeAccuracy> =>
    runNative(
      {
        kind: 'accuracy',
        ...common,
        steps,
        samplePeriodNs: scenario.samplePeriod.us * 1000,
        instrumented,
      },
      options,
    )
  let result: NativeAccuracy
  let counted: NativeAccuracy
  if (engine === 'serial') {
    result = await runNative(
      {
        kind: 'serial',
        ...common,
        steps: scenario.steps,
        sampleEvery: scenario.samplePeriod.steps,
      },
      options,
    )
    counted = result
  } else {
    const steps = Math.ceil(scenario.steps / scenario.cpus)
    result = await threads(steps, false)
    counted = await threads(Math.min(steps, COUNTING_STEPS), true)
  }
  return {
    accuracy: judge(engine, {
      reported: keepsMark(tracker) ? result.hiwater : null,
      truth: { low: result.truthLow, high: result.truthHigh },
      boundUnder: result.boundUnder,
      boundOver: result.boundOver,
    }),
    counts: counts(result, counted),
    broken: result.broken ?? counted.broken,
  }
}
