/** Traces through the allocator with trackers of the user's own among those of the list. */
import { resolveTrackers } from '../native/trackers.js'
import type { ReplayOptions, ReplayResult } from '../results/replay.js'
import { loadTimes, OperationKind, type OperationStore, type Trace } from '../trace/index.js'
import { checkFiles } from '../tracker-file/files.js'
import { type Outcome, runGuest } from '../tracker-file/guest.js'
import {
  type Guest,
  type GuestLimits,
  LIMITS,
  runGuests,
  type WithGuests,
  withGuests,
} from '../tracker-file/guests.js'
import type { BuiltTracker, OwnTraceReplay, PlainReplayOptions } from '../tracker-file/types.js'
import { replay } from './replay.js'

export interface OwnReplayAllOptions extends ReplayOptions {
  /** How long a tracker's process may be silent before it is ended, in seconds. */
  readonly limits?: GuestLimits | undefined
}

/** Like replay(), with the rows of the tracker files behind the others. */
export type ReplayAll = (trace: Trace, options?: OwnReplayAllOptions) => Promise<OwnTraceReplay>

/** NR_CPUS of native/smp.h. */
const NR_CPUS = 1024

function plain(options: OwnReplayAllOptions): PlainReplayOptions {
  const { signal, onProgress, limits, trackers, ...rest } = options
  return rest
}

function highestCpu(operations: OperationStore): number {
  let highest = 0
  for (const piece of operations.pieces()) {
    for (let i = 0; i < piece.length; i++) {
      if (piece.kind(i) !== OperationKind.setIndex) highest = Math.max(highest, piece.cpu(i))
    }
  }
  return highest
}

/** Files have arrays of NR_CPUS words, whatever the machine that recorded had. */
function cpuWarnings({ operations }: Trace, guests: readonly Guest[]): string[] {
  const highest = guests.length > 0 ? highestCpu(operations) : 0
  if (highest < NR_CPUS) return []
  return [
    `tracker files know ${NR_CPUS} CPUs: to them CPU ${highest} of the trace is ` +
      `${highest % NR_CPUS}, and so on`,
  ]
}

async function replayAll(
  trace: Trace,
  options: OwnReplayAllOptions,
  admitted: readonly Guest[],
): Promise<WithGuests<OwnTraceReplay>> {
  const listed = resolveTrackers(options.trackers)
  const { signal, onProgress, limits = LIMITS } = options
  const { operations, times, ...rest } = trace
  // Only virtual time looks at them.
  const at = options.engine === 'virtual' && times ? { times: loadTimes(times) } : {}
  const together = (
    trackers: readonly string[],
    built: readonly BuiltTracker[],
  ): Promise<Outcome<ReplayResult>> => {
    const names = [...trackers, ...built.map(({ name }) => name)] as ReplayOptions['trackers']
    const job = {
      kind: 'replay',
      built,
      trace: { ...rest, ...at },
      operations: operations.place(),
    } as const
    return runGuest(
      { ...job, options: { ...plain(options), trackers: names } },
      { signal, onProgress, silenceMs: limits.compare * 1000 },
    )
  }
  const { result, guests } = await runGuests(admitted, {
    use: 'replayed',
    all: (built) => together(listed, built),
    alone: (one) => together([], [one]),
    none: () => replay(trace, { ...options, trackers: listed }),
  })
  const warnings = [...result.warnings, ...cpuWarnings(trace, guests)]
  return {
    result: { ...result, warnings, own: guests.map(({ report }) => report) },
    guests,
  }
}

/**
 * Compiles tracker files, tries each in a process of its own, and lends a replay() that has them
 * among its rows. Whatever a file does wrong becomes a line in `own`; the others are replayed.
 *
 * @param options layout of the trial
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export async function withReplayFiles<T>(
  files: readonly string[],
  options: OwnReplayAllOptions,
  use: (replayThem: ReplayAll) => Promise<T>,
): Promise<T> {
  return withGuests(checkFiles(files), { ...options, use: 'replayed' }, replayAll, use)
}
