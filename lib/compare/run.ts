/** One scenario under one tracker. */
import type { TrackerName } from '../data/trackers.generated.js'
import type { Row, RunOptions, RunResult } from '../results/comparison.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { compare } from './compare.js'

export interface RunScenarioOptions extends RunOptions {
  /** `global-atomic` by default. */
  readonly tracker?: TrackerName | undefined
}

/**
 * Runs a scenario under one tracker, by default the kernel's own. Timed beside it is `off`, so that
 * its cost is a ratio with a noise band.
 *
 * @throws as compare() does
 */
export async function runScenario(
  input: ScenarioInput,
  { tracker = 'global-atomic', ...options }: RunScenarioOptions = {},
): Promise<RunResult> {
  const { rows, ...rest } = await compare(input, { ...options, trackers: [tracker] })
  return { ...rest, ...(rows[0] as Row) }
}
