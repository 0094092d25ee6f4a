/** Comparisons with trackers of the user's own: each is compiled and tried, then compared. */

import { option, optionsOf } from '../data/options.js'
import type { CompareOptions } from '../results/comparison.js'
import { compareShape } from '../results/options.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { limitsSchema, type SilenceLimits, type Use } from '../tracker-file/admit.js'
import { type FilesRun, withAdmittedFiles } from '../tracker-file/run-files.js'
import type { ComparisonWithFiles, PlainOptions } from '../tracker-file/types.js'
import { compare } from './compare.js'
import { withFiles } from './file-rows.js'

export interface CompareWithFilesOptions extends CompareOptions {
  /** How long a tracker's process may be silent before it is ended, in seconds. */
  readonly limits?: SilenceLimits | undefined
  /** In words about a file that fails; `compared` by default. */
  readonly use?: Use | undefined
}

const schema = optionsOf<CompareWithFilesOptions>({
  ...compareShape,
  limits: limitsSchema,
  use: option.text,
})

/** Like compare(), with the rows of the tracker files behind the others. */
export type CompareWithFiles = (
  input: ScenarioInput,
  options?: CompareWithFilesOptions,
) => Promise<ComparisonWithFiles>

function plain({
  signal,
  onProgress,
  limits,
  use,
  trackers,
  timeline,
  ...rest
}: CompareWithFilesOptions): PlainOptions {
  return rest
}

const comparison: FilesRun<'compare', ScenarioInput, CompareWithFilesOptions, ComparisonWithFiles> =
  {
    schema,
    use: 'compared',
    job: (input, options, built, trackers) => ({
      kind: 'compare',
      built,
      input,
      options: { ...plain(options), trackers },
    }),
    withoutFiles: (input, { limits, use, ...options }, trackers) =>
      compare(input, { ...options, trackers }),
    joined: (result, files) =>
      withFiles(
        result,
        files.map(({ report }) => report),
      ),
  }

/**
 * Compiles tracker files, tries each in a process of its own, and lends a compare() that has them
 * among its rows. Whatever a file does wrong becomes a line in `own`; the others are compared.
 *
 * @param options layout, engine and tuning of the trial
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export function withTrackerFiles<T>(
  files: readonly string[],
  options: CompareWithFilesOptions,
  use: (compareWithFiles: CompareWithFiles) => Promise<T>,
): Promise<T> {
  return withAdmittedFiles(files, options, comparison, use)
}
