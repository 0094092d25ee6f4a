/** Traces through the allocator with trackers of the user's own among those of the list. */

import { optionsOf } from '../data/options.js'
import { replayShape } from '../results/options.js'
import type { ReplayOptions } from '../results/replay.js'
import { OperationKind, type OperationStore, placeOfNumbers, type Trace } from '../trace/index.js'
import { type AdmittedFile, limitsSchema, type SilenceLimits } from '../tracker-file/admit.js'
import { type FilesRun, faultyOf, withAdmittedFiles } from '../tracker-file/run-files.js'
import type { PlainReplayOptions, ReplayResultWithFiles } from '../tracker-file/types.js'
import { withReplayFrontier } from './frontier.js'
import { replay } from './replay.js'

export interface ReplayWithFilesOptions extends ReplayOptions {
  /** How long a tracker's process may be silent before it is ended, in seconds. */
  readonly limits?: SilenceLimits | undefined
}

const schema = optionsOf<ReplayWithFilesOptions>({ ...replayShape, limits: limitsSchema })

/** Like replay(), with the rows of the tracker files behind the others. */
export type ReplayWithFiles = (
  trace: Trace,
  options?: ReplayWithFilesOptions,
) => Promise<ReplayResultWithFiles>

/** NR_CPUS of native/smp.h. */
const NR_CPUS = 1024

function plain(options: ReplayWithFilesOptions): PlainReplayOptions {
  const { signal, onProgress, limits, trackers, timeline, ...rest } = options
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
function cpuWarnings({ operations }: Trace, files: readonly AdmittedFile[]): string[] {
  const highest = files.length > 0 ? highestCpu(operations) : 0
  if (highest < NR_CPUS) return []
  return [
    `tracker files know ${NR_CPUS} CPUs: to them CPU ${highest} of the trace is ` +
      `${highest % NR_CPUS}, and so on`,
  ]
}

const replaying: FilesRun<'replay', Trace, ReplayWithFilesOptions, ReplayResultWithFiles> = {
  schema,
  use: 'replayed',
  job({ operations, times, devices, ...trace }, options, built, trackers) {
    return {
      kind: 'replay',
      built,
      trace,
      operations: operations.place(),
      times: times && placeOfNumbers(times),
      options: { ...plain(options), trackers },
    }
  },
  withoutFiles: (trace, { limits, ...options }, trackers) =>
    replay(trace, { ...options, trackers }),
  joined: (result, files, trace) => {
    const own = files.map(({ report }) => report)
    return {
      ...result,
      rows: withReplayFrontier(result.rows, result.machine, faultyOf(own)),
      warnings: [...result.warnings, ...cpuWarnings(trace, files)],
      own,
    }
  },
}

/**
 * Compiles tracker files, tries each in a process of its own, and lends a replay() that has them
 * among its rows. Whatever a file does wrong becomes a line in `own`; the others are replayed.
 *
 * @param options layout of the trial
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export function withReplayFiles<T>(
  files: readonly string[],
  options: ReplayWithFilesOptions,
  use: (replayWithFiles: ReplayWithFiles) => Promise<T>,
): Promise<T> {
  return withAdmittedFiles(files, options, replaying, use)
}
