/** A recorded trace one operation after another, in the recorded order. */

import { countOf } from '../data/units.js'
import { markCourse, usedCourse } from '../measure/course.js'
import { type Looks, looksOf } from '../measure/looks.js'
import { runInPool } from '../measure/pool-run.js'
import { judgeRun } from '../measure/verdict.js'
import type { NativeReplay } from '../native/plans/replay.js'
import type { ReplayedRow, ReplayOptions, ReplayResult } from '../results/replay.js'
import type { AnyTracker } from '../results/variant.js'
import type { Trace } from '../trace/index.js'
import { badOperation } from './bad-operation.js'
import type { ReplayPool } from './pool.js'
import { brokenWarnings, type Replayed, rowOf } from './replayed.js'
import { tellSerially } from './serial-timeline.js'

export async function replayOne(
  trace: Trace,
  pool: ReplayPool,
  tracker: AnyTracker,
  options: ReplayOptions,
  part: {
    readonly from: number
    readonly share: number
    readonly placementsFile?: number
    readonly course?: boolean | undefined
    readonly looks?: Looks
  },
): Promise<NativeReplay> {
  const result = await runInPool(trace.operations, pool, tracker, {
    layout: options.layout,
    grow: options.grow,
    batch: options.batch,
    tolerance: options.tolerance,
    stretch: options.stretch,
    ...part.looks,
    placementsFile: part.placementsFile,
    course: part.course,
    signal: options.signal,
    onProgress: (done) =>
      options.onProgress?.({
        phase: `replay under ${tracker}`,
        done: part.from + part.share * done,
        work: { count: done * trace.operations.length, unit: 'operation' },
      }),
  })
  if (result.badOperation !== null) throw badOperation(trace, pool, result.badOperation)
  return result
}

/** How often the search chose the slot that the trace names. */
function placementOf({ expected, misplaced }: NativeReplay): ReplayResult['placement'] {
  return expected === 0
    ? null
    : { checked: expected, same: expected - misplaced, different: misplaced }
}

/** One operation after another, so the peak is exact for their order. */
export async function replaySerially(
  trace: Trace,
  pool: ReplayPool,
  trackers: readonly AnyTracker[],
  options: ReplayOptions,
): Promise<Replayed> {
  const share = 1 / trackers.length
  const { length } = trace.operations
  const looks = looksOf(trace.times, options.sampleEvery)
  const rows: ReplayedRow[] = []
  let first: NativeReplay | undefined
  let broken: string | null = null
  for (const [i, tracker] of trackers.entries()) {
    const result = await replayOne(trace, pool, tracker, options, {
      from: i * share,
      share,
      looks,
      course: options.course,
    })
    if (options.timeline) {
      const unmarked = judgeRun('serial', result.accuracy).reportedSlots === null
      const runs = trackers.length - i
      const of = { runs, looks, unmarked, endNs: result.clockNs }
      await tellSerially(options.timeline, trace, pool, tracker, options, of)
    }
    first ??= result
    broken ??= result.accuracy.broken
    const row = rowOf(tracker, judgeRun('serial', result.accuracy), trace)
    const unmarked = row.reportedSlots === null
    const course = result.course && markCourse(result.course, unmarked, trace.unplacedBefore)
    rows.push(course ? { ...row, markCourse: course } : row)
  }
  const shown = first as NativeReplay
  return {
    rows,
    ...(shown.course && { usedCourse: usedCourse(shown.course, length, trace.unplacedBefore) }),
    accuracy: shown.accuracy,
    peakSlots: shown.accuracy.truthHigh,
    placement: placementOf(shown),
    resets: shown.resets,
    clock: {
      recorded: looks.times !== undefined,
      spanNs: shown.clockNs,
      stepNs: looks.times || !length ? null : shown.clockNs / length,
      lookPeriodNs: looks.samplePeriodNs || null,
      lookEvery: looks.sampleEvery || null,
    },
    broken,
    warnings: [...misplacedWarnings(shown), ...brokenWarnings(broken)],
  }
}

function misplacedWarnings({ misplaced, unmovable }: NativeReplay): string[] {
  if (misplaced === 0) return []
  return [
    `for ${countOf(misplaced, 'map')} the search chose another place than the kernel's, which was used instead` +
      (unmovable > 0 ? `, but for ${unmovable}, whose place was taken` : ''),
  ]
}
