/** `compare`: the headline table, or a series of comparisons. */
import type { Command } from 'commander'
import {
  type CompareOptions,
  type Comparison,
  compare,
  review,
  type ScenarioInput,
  type TrackerName,
} from '../index.js'
import { comparisonText } from '../report/comparison.js'
import { type Sweep, type SweepStep, sweepText } from '../report/sweep.js'
import { comparisonAnswer, worst } from './answer.js'
import type { Finish } from './finish.js'
import type { Io } from './io.js'
import { type SweepRequest, sweep, trackerList } from './parse.js'
import {
  addScenarioOptions,
  openScenario,
  runOptions,
  type ScenarioFlags,
  withFlags,
} from './scenario-options.js'
import { nextLine } from './self.js'

export const HEADLINE_SCENARIO = 'review-64mib'

interface CompareFlags extends ScenarioFlags {
  readonly trackers?: TrackerName[]
  readonly sweep?: SweepRequest
}

/** What to type after a comparison: what the result makes one ask. */
export function afterComparison(name: string, comparison: Comparison): string {
  const over = comparison.rows.some((row) => (row.accuracy.errorSlots ?? 0) > 0)
  if (over && comparison.scenario.pool.areas > 1) {
    return nextLine(
      'how the error grows with the areas',
      `compare ${name} --no-timing --sweep areas=8,16,32,64,128`,
    )
  }
  if (comparison.timing?.copy) {
    return nextLine('the same without the bounce copies', `compare ${name} --no-copy`)
  }
  return nextLine('one tracker in full', `run ${name} --tracker global-atomic`)
}

/** One step's scenario. Each area of the review's example has 8 MiB, however many there are. */
function stepInput(
  name: string,
  input: ScenarioInput,
  parameter: SweepRequest['parameter'],
  value: number,
): ScenarioInput {
  if (parameter === 'cpus') return { ...input, cpus: value }
  if (name === HEADLINE_SCENARIO) return { ...review(value), name }
  return { ...input, pool: { ...input.pool, areas: value } }
}

async function runSweep(
  name: string,
  { parameter, values }: SweepRequest,
  flags: CompareFlags,
  options: CompareOptions,
): Promise<Sweep> {
  const input = openScenario(name)
  const steps: SweepStep[] = []
  for (const [i, value] of values.entries()) {
    const comparison = await compare(withFlags(stepInput(name, input, parameter, value), flags), {
      ...options,
      onProgress: ({ phase, done }) =>
        options.onProgress?.({
          phase: `${value} ${parameter}: ${phase}`,
          done: (i + done) / values.length,
        }),
    })
    steps.push({ value, comparison })
  }
  return { parameter, steps }
}

export function addCompare(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('compare')
    .description('all trackers side by side: what they report, and what they cost')
    .argument('[scenario]', 'a name out of `list`, or a JSON file', HEADLINE_SCENARIO)
    .option('--trackers <a,b,c>', 'default: all', trackerList('--trackers'))
    .option('--sweep <series>', 'a series, as areas=8,16,32 or cpus=2,4', sweep('--sweep'))
  addScenarioOptions(command)
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, flags: CompareFlags) => {
      const options = { ...runOptions(flags, io), trackers: flags.trackers }
      if (flags.sweep) {
        const result = await runSweep(name, flags.sweep, flags, options)
        if (flags.json) io.printJson(result)
        else {
          io.print(sweepText(result))
          io.print(nextLine('one step in full', `compare ${name}`))
        }
        return finish(worst(result.steps.map((step) => comparisonAnswer(step.comparison))))
      }
      const comparison = await compare(withFlags(openScenario(name), flags), options)
      if (flags.json) io.printJson(comparison)
      else {
        io.print(comparisonText(comparison))
        io.print(afterComparison(name, comparison))
      }
      finish(comparisonAnswer(comparison))
    })
}
