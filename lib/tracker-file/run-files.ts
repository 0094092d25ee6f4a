/** Runs with users' tracker files among the trackers, and leaves out those that end their process. */
import type { AnyTracker, TrackerFileName } from '../results/variant.js'
import { withFolder } from '../system/folder.js'
import { type AdmitOptions, type AdmittedFile, admitAll, failed, type Use } from './admit.js'
import type { TrackerFile } from './files.js'
import { type Outcome, runJob, type Watch } from './process.js'
import type { BuiltTracker, Job, JobResults } from './types.js'

const builtOf = (files: readonly AdmittedFile[]): BuiltTracker[] =>
  files.flatMap(({ built }) => (built ? [built] : []))

/** What came of one input, and what is known of the files behind it. */
export interface ResultWithFiles<R> {
  readonly result: R
  readonly files: readonly AdmittedFile[]
}

/**
 * Compiles and tries files once, and lends what runs one input after another with those that are
 * left: a file that fails at one is not tried at the next.
 *
 * @throws what `use` throws
 */
export async function withAdmittedFiles<I, O extends object, R, T>(
  files: readonly TrackerFile[],
  options: AdmitOptions,
  run: (
    input: I,
    options: Partial<O>,
    files: readonly AdmittedFile[],
  ) => Promise<ResultWithFiles<R>>,
  use: (runNext: (input: I, options?: Partial<O>) => Promise<R>) => Promise<T>,
): Promise<T> {
  let admitted: readonly AdmittedFile[] = []
  const runNext = async (input: I, more: Partial<O> = {}): Promise<R> => {
    const done = await run(input, more, admitted)
    admitted = done.files
    return done.result
  }
  if (files.length === 0) return use(runNext)
  return withFolder('own', async (folder) => {
    admitted = await admitAll(files, folder, options)
    return use(runNext)
  })
}

type RunKind = 'compare' | 'replay'

/** What is run with tracker files. */
export interface FilesRun<K extends RunKind> {
  readonly use: Use
  /** The trackers of the list that stand before them. */
  readonly listed: readonly AnyTracker[]
  readonly watch: Watch
  /** For a process of their own; `trackers` names them, and those of the list. */
  job(
    built: readonly BuiltTracker[],
    trackers: readonly AnyTracker[],
  ): Extract<Job, { readonly kind: K }>
  /** In this process: where no file is left. */
  withoutFiles(): Promise<JobResults[K]>
}

function runTogether<K extends RunKind>(
  built: readonly BuiltTracker[],
  listed: readonly AnyTracker[],
  { job, watch }: FilesRun<K>,
): Promise<Outcome<JobResults[K]>> {
  return runJob(job(built, [...listed, ...built.map(({ name }) => name)]), watch)
}

type Failure = Outcome<unknown> & { readonly ok: false }

/** Who ended a run, and how. */
async function culprits<K extends RunKind>(
  built: readonly BuiltTracker[],
  run: FilesRun<K>,
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
    const outcome = await runTogether([suspect], [], run)
    if (!outcome.ok) found.set(suspect.name, said(outcome))
  }
  if (found.size > 0) return found
  const names = suspects.map(({ name }) => name).join(', ')
  return new Map(suspects.map(({ name }) => [name, `${said(failure)}, run with ${names}`]))
}

/**
 * Runs until nobody is left who ends it: each time round there is one fewer at least.
 *
 * @returns who is left, too: whoever ended one run is in none after it
 */
export async function runWithFiles<K extends RunKind>(
  admitted: readonly AdmittedFile[],
  run: FilesRun<K>,
): Promise<ResultWithFiles<JobResults[K]>> {
  let files = admitted
  for (;;) {
    const built = builtOf(files)
    if (built.length === 0) return { result: await run.withoutFiles(), files }
    const outcome = await runTogether(built, run.listed, run)
    if (outcome.ok) return { result: outcome.result, files }
    const out = await culprits(built, run, outcome)
    files = files.map((file) => {
      const fault = file.built && out.get(file.built.name)
      return fault ? failed(file, fault, run.use) : file
    })
  }
}
