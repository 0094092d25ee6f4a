/**
 * `replay`: a recorded trace through the allocator, under each tracker.
 *
 * | engine  | what runs it                                         | in           |
 * | ------- | ---------------------------------------------------- | ------------ |
 * | serial  | this process, one operation after another            | serial.ts    |
 * | virtual | predict/, each CPU's operations on a virtual CPU     | virtual.ts   |
 *
 * Tracker files run in a process of their own: tracker-files.ts.
 */

import { oneOf } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { optionsOf } from '../data/options.js'
import { SLOT_BYTES } from '../data/units.js'
import { bufferFullOf } from '../measure/accuracy.js'
import { bookedSlots, SAMPLING_S, sampledMarks } from '../measure/sampling.js'
import { resolveLayout } from '../native/layout.js'
import { loadedTrackers, resolveTrackers, traitsOf } from '../native/trackers.js'
import { replayShape } from '../results/options.js'
import { type ReplayOptions, type ReplayResult, replayEngines } from '../results/replay.js'
import { tunedOf } from '../results/variant.js'
import { checkTrace, originOf, type Trace } from '../trace/index.js'
import { withReplayFrontier } from './frontier.js'
import { inPool } from './other-pool.js'
import { poolOf, type ReplayPool } from './pool.js'
import { replaySerially } from './serial.js'
import { replayVirtually } from './virtual.js'

const schema = optionsOf(replayShape)

/**
 * Replays a trace: the operations one after another, or in virtual time.
 *
 * Slots that were in use before the trace began and of which no address is known cannot be placed;
 * they are added to what is reported.
 *
 * @throws InputError when the pool is unknown or impossible, or an option makes no sense; the
 *   signal's reason when it was aborted
 */
export function replay(recorded: Trace, options: ReplayOptions = {}): Promise<ReplayResult> {
  return follow(schema, options, (followed) => replayChecked(recorded, followed))
}

async function replayChecked(recorded: Trace, options: ReplayOptions): Promise<ReplayResult> {
  checkTrace(recorded)
  const pool = poolOf(recorded, options)
  const { trace, close } = await inPool(recorded, pool, options.signal)
  try {
    return await replayIn(pool, trace, options)
  } finally {
    close()
  }
}

async function replayIn(
  pool: ReplayPool,
  trace: Trace,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const trackers = options.trackers
    ? resolveTrackers(options.trackers, loadedTrackers())
    : resolveTrackers()
  const engine = oneOf('engine', options.engine ?? 'serial', replayEngines)
  const run = engine === 'virtual' ? replayVirtually : replaySerially
  const { accuracy, rows, peakSlots, warnings, resets, ...replayed } = await run(
    trace,
    pool,
    trackers,
    options,
  )
  const extra = trace.unplacedBefore
  return {
    trace: {
      ...originOf(trace),
      lost: trace.lost,
      direct: trace.direct,
      unfinished: trace.unfinished,
      unused: trace.unused,
    },
    elsewhere: trace.elsewhere.map((part) => ({
      ...part,
      from: `0x${part.from.toString(16)}`,
      to: `0x${part.to.toString(16)}`,
    })),
    pool: {
      nslabs: pool.slots,
      nareas: pool.areas,
      start: `0x${pool.start.toString(16)}`,
      bytes: pool.slots * SLOT_BYTES,
      grow: options.grow ?? false,
    },
    layout: resolveLayout(options.layout),
    tuning: tunedOf(options),
    maps: accuracy.maps,
    unmaps: accuracy.unmaps,
    resets,
    rows: withReplayFrontier(
      rows.map((row) => ({
        ...row,
        endedByReset: resets > 0 && traitsOf(row.tracker).until.includes('reset'),
        bookedSlots:
          row.reportedSlots === null || row.reportedSlots < 0
            ? null
            : bookedSlots(row.reportedSlots, pool.areas),
      })),
      replayed.machine,
    ),
    bookedSlots: bookedSlots(peakSlots + extra, pool.areas),
    sampling: await sampledMarks(trace, pool.areas, SAMPLING_S, options.signal, extra),
    failedMaps: accuracy.failedMaps + trace.failedMaps,
    failedSlots: accuracy.failedSlots + trace.failedSlots,
    usedBefore: trace.usedBefore,
    usedAfter: accuracy.used + extra,
    peakSlots: peakSlots + extra,
    peakBounds: trace.peakBounds
      ? { low: trace.peakBounds.low, high: trace.peakBounds.high ?? null }
      : null,
    demandPeakSlots: accuracy.demandPeak + extra,
    kernelPeakSlots: trace.kernelPeak ?? null,
    bufferFull: bufferFullOf(accuracy),
    ...replayed,
    warnings: [...trace.warnings, ...warnings],
  }
}
