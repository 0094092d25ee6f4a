/** Traces through the allocator with trackers of the user's own among those of the list. */

import { follow } from '../data/follow.js'
import { checkOptions, optionsOf } from '../data/options.js'
import { replayShape } from '../results/options.js'
import type { ReplayOptions } from '../results/replay.js'
import { OperationKind, type OperationStore, placeOfNumbers, type Trace } from '../trace/index.js'
import { type AdmittedFile, limitsSchema, type SilenceLimits } from '../tracker-file/admit.js'
import { checkFiles } from '../tracker-file/files.js'
import {
  checkUntold,
  type ResultWithFiles,
  runWithFiles,
  withAdmittedFiles,
} from '../tracker-file/run-files.js'
import type { PlainReplayOptions, ReplayResultWithFiles } from '../tracker-file/types.js'
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

async function replayWithFiles(
  trace: Trace,
  options: ReplayWithFilesOptions,
  admitted: readonly AdmittedFile[],
): Promise<ResultWithFiles<ReplayResultWithFiles>> {
  checkOptions(schema, options)
  return follow(options, (followed) => replayFollowed(trace, followed, admitted))
}

async function replayFollowed(
  trace: Trace,
  options: ReplayWithFilesOptions,
  admitted: readonly AdmittedFile[],
): Promise<ResultWithFiles<ReplayResultWithFiles>> {
  const { signal, onProgress, timeline } = options
  checkUntold(timeline, admitted)
  const { operations, times, devices, ...rest } = trace
  const { result, files } = await runWithFiles(
    admitted,
    { ...options, use: 'replayed' },
    {
      job: (built, trackers) => ({
        kind: 'replay',
        built,
        trace: rest,
        operations: operations.place(),
        times: times && placeOfNumbers(times),
        options: { ...plain(options), trackers },
      }),
      withoutFiles: (trackers) =>
        replay(trace, { ...plain(options), signal, onProgress, timeline, trackers }),
    },
  )
  const warnings = [...result.warnings, ...cpuWarnings(trace, files)]
  return {
    result: { ...result, warnings, own: files.map(({ report }) => report) },
    files,
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
  options: ReplayWithFilesOptions,
  use: (replayWithFiles: ReplayWithFiles) => Promise<T>,
): Promise<T> {
  checkOptions(schema, options)
  return follow(options, (followed) =>
    withAdmittedFiles(checkFiles(files), { ...followed, use: 'replayed' }, replayWithFiles, use),
  )
}
