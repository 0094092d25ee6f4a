/** One scenario under one tracker. */
import { oneOf } from '../data/errors.js'
import { checkOptions, option, optionsOf } from '../data/options.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { loadedTrackers } from '../native/trackers.js'
import type { Row, RunOptions, RunResult } from '../results/comparison.js'
import { runShape } from '../results/options.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { compare } from './compare.js'

export interface RunScenarioOptions extends RunOptions {
  /** `global-atomic` by default. */
  readonly tracker?: TrackerName | undefined
}

const schema = optionsOf<RunScenarioOptions>({ ...runShape, tracker: option.own })

/**
 * Runs a scenario under one tracker, by default the kernel's own. Timed beside it is `off`, so that
 * its cost is a ratio with a noise band.
 *
 * @throws as compare() does
 */
export async function runScenario(
  input: ScenarioInput,
  options: RunScenarioOptions = {},
): Promise<RunResult> {
  checkOptions(schema, options)
  const { tracker = 'global-atomic', ...rest } = options
  oneOf('tracker', tracker, loadedTrackers())
  const { rows, ...comparison } = await compare(input, { ...rest, trackers: [tracker] })
  return { ...comparison, ...(rows[0] as Row) }
}
