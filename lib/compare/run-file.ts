/** One scenario under a tracker of the user's own. */
import { checkOptions, optionsOf } from '../data/options.js'
import { runShape } from '../results/options.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { limitsSchema } from '../tracker-file/admit.js'
import type { TrackerFileRun } from '../tracker-file/types.js'
import type { RunScenarioOptions } from './run.js'
import { type CompareWithFilesOptions, withTrackerFiles } from './tracker-files.js'

export interface TrackerFileRunOptions
  extends Omit<RunScenarioOptions, 'tracker'>,
    Pick<CompareWithFilesOptions, 'limits'> {}

const schema = optionsOf<TrackerFileRunOptions>({ ...runShape, limits: limitsSchema })

/**
 * runScenario() under a tracker file. The file is tried as for a comparison.
 *
 * @param file a C header; see docs/own-tracker.md
 * @throws as withTrackerFiles() does, and compare()
 */
export async function runTrackerFile(
  file: string,
  input: ScenarioInput,
  options: TrackerFileRunOptions = {},
): Promise<TrackerFileRun> {
  checkOptions(schema, options)
  // `off` stands for nobody: there must be one without the file, in case it fails.
  const all = { ...options, trackers: ['off'], use: 'run' } as const
  const { rows, own, ...rest } = await withTrackerFiles([file], all, (compareWithFiles) =>
    compareWithFiles(input, all),
  )
  const [tracker] = own
  if (!tracker) throw new Error(`nothing is known of ${file}`)
  const row = rows.find((candidate) => candidate.tracker === tracker.tracker)
  return { ...tracker, result: row ? { ...rest, ...row } : null }
}
