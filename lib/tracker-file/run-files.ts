/**
 * Runs with users' tracker files among the trackers, and leaves out those that end their process.
 *
 * | file             | what it does for that                                                    |
 * | ---------------- | ------------------------------------------------------------------------ |
 * | files.ts         | the files that a user names                                              |
 * | build.ts         | compiles one, by compiler.ts; what is wrong says diagnose.ts             |
 * | watched.ts       | makes every access of it seen; blocks.ts, which code ran                 |
 * | admit.ts         | compiles and tries each, before it is run with others                    |
 * | process.ts       | a job in a process of its own, which tracker-process/ does               |
 * | fresh-process.ts | a finding once more, where nothing has run before it                     |
 */
import { InputError } from '../data/errors.js'
import { follow } from '../data/follow.js'
import type { optionsOf } from '../data/options.js'
import { resolveTrackers } from '../native/trackers.js'
import type { AnyTracker, TrackerFileName } from '../results/variant.js'
import { withFolder } from '../system/folder.js'
import {
  type AdmitOptions,
  type AdmittedFile,
  admitAll,
  DEFAULT_LIMITS,
  failed,
  type Use,
} from './admit.js'
import { checkFiles } from './files.js'
import { type Outcome, runJob } from './process.js'
import type { BuiltTracker, Job, JobResults, TrackerFileReport } from './types.js'

const builtOf = (files: readonly AdmittedFile[]): BuiltTracker[] =>
  files.flatMap(({ built }) => (built ? [built] : []))

/** @throws InputError for a timeline of files: their process could not reach it */
function checkUntold(timeline: unknown, files: readonly AdmittedFile[]): void {
  if (timeline === undefined || files.length === 0) return
  throw new InputError('timeline: expected trackers of the list, and no files beside it')
}

type RunKind = 'compare' | 'replay'

interface RunOptions extends AdmitOptions {
  /** Those of the list that stand before the files; all by default. */
  readonly trackers?: readonly AnyTracker[] | undefined
  readonly timeline?: unknown
}

/** How a verb runs one input with tracker files. */
export interface FilesRun<K extends RunKind, I, O, R> {
  /** Of the options for all inputs, and of those for one. */
  readonly schema: ReturnType<typeof optionsOf>
  /** What the files are run for, where the options do not say it. */
  readonly use: Use
  /** For a process of their own; `trackers` names them, and those of the list. */
  job(
    input: I,
    options: O,
    built: readonly BuiltTracker[],
    trackers: readonly AnyTracker[],
  ): Extract<Job, { readonly kind: K }>
  /** In this process, with those of the list alone. */
  withoutFiles(input: I, options: O, trackers: readonly AnyTracker[]): Promise<JobResults[K]>
  /** The result of all, with what is known of the files. */
  joined(result: JobResults[K], files: readonly AdmittedFile[], input: I): R
}

type Failure = Outcome<unknown> & { readonly ok: false }

/** Runs these together, in a process of their own. */
type RunTogether<T> = (
  listed: readonly AnyTracker[],
  built: readonly BuiltTracker[],
) => Promise<Outcome<T>>

/** Who ended a run, and how. */
async function culprits<T>(
  built: readonly BuiltTracker[],
  runTogether: RunTogether<T>,
  failure: Failure,
): Promise<Map<TrackerFileName, string>> {
  const { tracker } = failure.last
  const said = ({ how, last }: Failure): string =>
    `${how} in ${last.tracker ? 'the accuracy run' : last.phase}`
  const one = built.filter(({ name }) => name === tracker)
  const suspects = one.length > 0 ? one : built
  if (suspects.length === 1) return new Map(suspects.map(({ name }) => [name, said(failure)]))
  // They ran in turn: each alone shows which it was.
  const found = new Map<TrackerFileName, string>()
  for (const suspect of suspects) {
    const outcome = await runTogether([], [suspect])
    if (!outcome.ok) found.set(suspect.name, said(outcome))
  }
  if (found.size > 0) return found
  const names = suspects.map(({ name }) => name).join(', ')
  return new Map(suspects.map(({ name }) => [name, `${said(failure)}, run with ${names}`]))
}

/** The trackers in whose file something is wrong, whatever their rows say. */
export const faultyOf = (own: readonly TrackerFileReport[]): ReadonlySet<AnyTracker> =>
  new Set(own.filter(({ faults }) => faults.length > 0).map(({ tracker }) => tracker))

/** What came of one input, and what is known of the files behind it. */
interface Done<R> {
  readonly result: R
  readonly files: readonly AdmittedFile[]
}

/**
 * Runs until nobody is left who ends it: each time round there is one fewer at least.
 *
 * @returns who is left, too: whoever ended one run is in none after it
 */
async function runWithFiles<K extends RunKind, I, O extends RunOptions, R>(
  admitted: readonly AdmittedFile[],
  input: I,
  options: O,
  run: FilesRun<K, I, O, R>,
): Promise<Done<JobResults[K]>> {
  const { signal, onProgress, limits = DEFAULT_LIMITS, use = run.use, trackers } = options
  const listed = resolveTrackers(trackers)
  const watch = { signal, onProgress, silenceMs: limits.compare * 1000 }
  const runTogether: RunTogether<JobResults[K]> = (names, built) =>
    runJob(run.job(input, options, built, [...names, ...built.map(({ name }) => name)]), watch)
  let files = admitted
  for (;;) {
    const built = builtOf(files)
    if (built.length === 0) return { result: await run.withoutFiles(input, options, listed), files }
    const outcome = await runTogether(listed, built)
    if (outcome.ok) return { result: outcome.result, files }
    const out = await culprits(built, runTogether, outcome)
    files = files.map((file) => {
      const fault = file.built && out.get(file.built.name)
      return fault ? failed(file, fault, use) : file
    })
  }
}

/**
 * Compiles and tries files once, and lends what runs one input after another with those that are
 * left: a file that fails at one is not tried at the next.
 *
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export function withAdmittedFiles<K extends RunKind, I, O extends RunOptions, R, T>(
  files: readonly string[],
  options: O,
  run: FilesRun<K, I, Partial<O>, R>,
  use: (runNext: (input: I, options?: Partial<O>) => Promise<R>) => Promise<T>,
): Promise<T> {
  return follow(run.schema, options, async (forAll) => {
    const named = checkFiles(files)
    let admitted: readonly AdmittedFile[] = []
    const runNext = (input: I, more: Partial<O> = {}): Promise<R> =>
      follow(run.schema, more, async (forOne) => {
        checkUntold(forOne.timeline, admitted)
        const done = await runWithFiles(admitted, input, forOne, run)
        admitted = done.files
        return run.joined(done.result, admitted, input)
      })
    if (named.length === 0) return use(runNext)
    return withFolder('own', async (folder) => {
      admitted = await admitAll(named, folder, { ...forAll, use: forAll.use ?? run.use })
      return use(runNext)
    })
  })
}
