/** The search of schedules on a tracker file, in a process that may crash or hang. */
import * as z from 'zod'
import { follow } from '../data/follow.js'
import { checkOptions, option, optionsOf } from '../data/options.js'
import type { CheckOptions } from '../results/check.js'
import { checkShape } from '../results/options.js'
import type { Progress } from '../results/variant.js'
import { withFolder } from '../system/folder.js'
import { buildTracker } from '../tracker-file/build.js'
import { checkFile } from '../tracker-file/files.js'
import { differsInFreshProcess } from '../tracker-file/fresh-process.js'
import { type Outcome, runJob } from '../tracker-file/process.js'
import {
  type BuiltTracker,
  type Loaded,
  SEARCHING,
  type TrackerFileCheck,
  type TrackerFileFinding,
  type TrackerFilePart,
} from '../tracker-file/types.js'
import { DEFAULT_SEED, DEFAULT_SEEDS } from './check.js'
import { joinFileSearches } from './shards.js'

export interface TrackerFileCheckOptions extends CheckOptions {
  /** How long the tracker's process may be silent before it is ended, in seconds; 20 by default. */
  readonly limit?: number | undefined
}

export type TrackerFileFindingOptions = Pick<TrackerFileCheckOptions, 'signal' | 'limit'>

const LIMIT = 20

type FileResult<T> = Omit<TrackerFileFinding, 'result'> & { readonly result: T | null }

/** Compiles a file and runs it; `where` says in words where it was when it ended its process. */
async function runFile<T>(
  file: string,
  signal: AbortSignal | undefined,
  run: (built: BuiltTracker) => Promise<Outcome<Loaded<T>>>,
  where: (last: Progress) => string,
): Promise<FileResult<T>> {
  const tracker = checkFile(file, 'tracker')
  return withFolder('own', async (folder) => {
    const failed = (fault: string): FileResult<T> => {
      return { tracker, file, compiler: null, fault, result: null }
    }
    const made = await buildTracker(file, folder, 'searched', signal)
    if ('fault' in made) return failed(made.fault)
    const outcome = await run({ name: tracker, ...made })
    if (!outcome.ok) {
      const { how, last } = outcome
      return failed(`${how} ${last.phase === 'loading' ? 'while it was loaded' : where(last)}`)
    }
    const { compiler, refused, result } = outcome.result
    return { tracker, file, compiler, fault: refused, result }
  })
}

const seconds = z.number('expected seconds').positive('expected seconds').optional()
const checkSchema = optionsOf<TrackerFileCheckOptions>({ ...checkShape, limit: seconds })
const findingSchema = optionsOf<TrackerFileFindingOptions>({
  signal: option.signal,
  limit: seconds,
})

/**
 * check() of a tracker file of the user's own.
 *
 * @param file a C header; see docs/own-tracker.md
 * @throws InputError for a file that is not there, without a C compiler, or for an option that makes
 *   no sense; the signal's reason when it was aborted
 */
export function checkTrackerFile(
  file: string,
  options: TrackerFileCheckOptions = {},
): Promise<TrackerFileCheck> {
  return follow(checkSchema, options, async (followed) => {
    const { seed = DEFAULT_SEED, seeds = DEFAULT_SEEDS } = followed
    return joinFileSearches({ seed, seeds }, [await searchFile(file, followed)])
  })
}

/** The same of some of the seeds, for joinFileSearches(). */
export function checkTrackerFilePart(
  file: string,
  options: TrackerFileCheckOptions,
): Promise<TrackerFilePart> {
  return follow(checkSchema, options, (followed) => searchFile(file, followed))
}

async function searchFile(
  file: string,
  { signal, onProgress, limit = LIMIT, ...options }: TrackerFileCheckOptions,
): Promise<TrackerFilePart> {
  const { seed = DEFAULT_SEED, seeds = DEFAULT_SEEDS } = options
  const silenceMs = limit * 1000
  const { result: searched, ...own } = await runFile(
    file,
    signal,
    async (built) => {
      const job = { kind: 'check', built, options } as const
      const watch = { signal, onProgress: ({ done }: Progress) => onProgress?.(done), silenceMs }
      const outcome = await runJob(job, watch)
      const answer = outcome.ok ? outcome.result.result : null
      const found = answer?.result.found
      const differ = found && (await differsInFreshProcess(built, found, watch))
      if (!outcome.ok || !answer || !differ) return outcome
      const result = { ...answer, result: { ...answer.result, differ, found: null } }
      return { ok: true, result: { ...outcome.result, result } }
    },
    // Progress is told every few seeds, and the last of it may be lost with the process.
    ({ phase, done }) =>
      phase === SEARCHING
        ? `in a schedule from seed ${seed + Math.floor(done * seeds)} on`
        : `in ${phase}`,
  )
  const { broken = [], result = null, covered = null } = searched ?? {}
  return { ...own, broken, result, covered }
}

/**
 * replayFinding() on a tracker file of the user's own.
 *
 * @param text what `Finding.log` holds
 * @param log its name, for errors
 * @throws as checkTrackerFile(), and InputError for a log that is none
 */
export async function replayFindingOnTrackerFile(
  file: string,
  text: string,
  log: string,
  options: TrackerFileFindingOptions = {},
): Promise<TrackerFileFinding> {
  checkOptions(findingSchema, options)
  const { signal, limit = LIMIT } = options
  return runFile(
    file,
    signal,
    (built) =>
      runJob({ kind: 'check-replay', built, text, log }, { signal, silenceMs: limit * 1000 }),
    () => 'in the schedule',
  )
}
