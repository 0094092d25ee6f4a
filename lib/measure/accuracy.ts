/** The accuracy run of one tracker, in the engine that was asked for. */
import { totalmem } from 'node:os'
import { InputError } from '../data/errors.js'
import { formatBytes } from '../data/units.js'
import { nativePool, nativeVariant, nativeWorkload } from '../native/inputs.js'
import type { NativeAccuracy } from '../native/plans/accuracy.js'
import type { NativeCourse } from '../native/plans/course.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { Accuracy, Counts } from '../results/comparison.js'
import type { BufferFull } from '../results/figures.js'
import type { AnyTracker, Engine, Layout, Tuning } from '../results/variant.js'
import type { Scenario } from '../scenario/schema.js'
import { judgeRun } from './verdict.js'

/** Steps per CPU of the threads run that only counts locked instructions. */
const COUNTING_STEPS = 20_000

export interface AccuracyRun {
  readonly accuracy: Accuracy
  readonly counts: Counts
  /** An invariant of the allocator that did not hold. */
  readonly broken: string | null
  /** Of the serial engine: on threads the order is not known while they run. */
  readonly course?: NativeCourse | null | undefined
}

export function bufferFullOf({
  full,
  fullSize,
  fullTotal,
  fullUsed,
}: NativeAccuracy): BufferFull | null {
  if (full === 0) return null
  return { count: full, sizeBytes: fullSize, totalSlots: fullTotal, usedSlots: fullUsed }
}

/** @param counted the run that counted locked instructions */
export function countsOf(result: NativeAccuracy, counted: NativeAccuracy): Counts {
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
    looks: result.looks,
    growth: result.growth,
    bufferFull: bufferFullOf(result),
  }
}

/**
 * Real threads log every step: two and a half entries of 24 bytes, as native/engine/accuracy.c has
 * them, and one more of each while the truth is computed.
 */
const LOG_BYTES_PER_STEP = 2 * 2.5 * 24

function checkLogMemory(steps: number): void {
  const needed = steps * LOG_BYTES_PER_STEP
  if (needed <= totalmem()) return
  throw new InputError(
    `steps: ${steps} steps of real threads need ${formatBytes(needed)} of memory for their log, ` +
      `this machine has ${formatBytes(totalmem())}; the serial engine keeps none`,
  )
}

export async function measureAccuracy(
  scenario: Scenario,
  tracker: AnyTracker,
  engine: Engine,
  layout: Layout,
  tuning: Tuning,
  options: NativeOptions & { readonly course?: boolean | undefined },
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
  let course: NativeCourse | null = null
  if (engine === 'serial') {
    const serial = await runNative(
      {
        kind: 'serial',
        ...common,
        steps: scenario.steps,
        sampleEvery: scenario.samplePeriod.steps,
        course: options.course ?? false,
      },
      options,
    )
    result = serial
    counted = serial
    course = serial.course
  } else {
    checkLogMemory(scenario.steps)
    const steps = Math.ceil(scenario.steps / scenario.cpus)
    result = await threads(steps, false)
    counted = await threads(Math.min(steps, COUNTING_STEPS), true)
  }
  return {
    accuracy: judgeRun(engine, result),
    counts: countsOf(result, counted),
    broken: result.broken ?? counted.broken,
    course,
  }
}
