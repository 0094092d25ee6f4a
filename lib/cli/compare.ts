/** `compare`: the headline table, or a series of comparisons. */
import type { Command } from 'commander'
import {
  adjustSize,
  type CompareOptions,
  type CompareWithFiles,
  type Comparison,
  type ComparisonWithFiles,
  frontierMoves,
  resolveScenario,
  resolveTopology,
  review,
  type ScenarioInput,
  type TrackerFileReport,
  type TrackerName,
  withTrackerFiles,
} from '../index.js'
import type { Sweep, SweepStep } from '../report/parts/steps.js'
import { fileWords } from '../report/parts/tracker-files.js'
import { comparisonText } from '../report/text/compare.js'
import { sweepText } from '../report/text/sweep.js'
import { wrap } from '../report/words.js'
import { filesAnswer, worst } from './options/answer.js'
import type { Finish } from './options/finish.js'
import type { Io } from './options/io.js'
import { TOPOLOGY_FLAGS } from './options/machine.js'
import { nextCheck, nextLine } from './options/next-step.js'
import {
  eachFile,
  fileArgs,
  givenArgs,
  type SweepRequest,
  sweep,
  trackerList,
} from './options/parse.js'
import {
  addScenarioOptions,
  openScenario,
  runOptions,
  type ScenarioFlags,
  sameArgs,
  scenarioOf,
  withFlags,
} from './options/scenario.js'

export const HEADLINE_SCENARIO = 'review-64mib'

export interface CompareFlags extends ScenarioFlags {
  readonly trackers?: TrackerName[]
  readonly tracker: readonly string[]
  readonly sweep?: SweepRequest
}

/** Of a comparison that nothing was asked of. */
const NO_FLAGS: CompareFlags = { tracker: [], copy: true, timing: true }

/** What to type after a comparison: what the result makes one ask. */
export function afterComparison(
  name: string,
  comparison: Comparison & { readonly own?: readonly TrackerFileReport[] },
  flags: CompareFlags = NO_FLAGS,
): string {
  const check = nextCheck(comparison.own)
  if (check !== undefined) return check
  const { trackers = [], tracker: files } = flags
  const those = givenArgs(flags, ['trackers']) + fileArgs(files)
  if (comparison.machine) {
    // The series decides on the machine and its pool.
    const same = sameArgs(flags, ['cpus', 'slots', 'areas', ...TOPOLOGY_FLAGS]) + those
    const series = `compare ${name} --sweep cpus=1,2,4,...,512${same}`
    return nextLine('how it scales, an area for each CPU', series)
  }
  const over = comparison.rows.some((row) => (row.accuracy.errorSlots ?? 0) > 0)
  if (over && comparison.scenario.pool.areas > 1) {
    return nextLine(
      'how the error grows with the areas',
      `compare ${name} --no-timing --sweep areas=8,16,32,64,128${sameArgs(flags, ['areas', 'timing'])}${those}`,
    )
  }
  if (comparison.timing?.copy) {
    const same = sameArgs(flags, ['copy']) + those
    return nextLine('the same without the bounce copies', `compare ${name} --no-copy${same}`)
  }
  const one = files[0] ?? trackers.find((tracker) => tracker !== 'off') ?? 'global-atomic'
  return nextLine('one tracker in full', `run ${name} --tracker ${one}${sameArgs(flags)}`)
}

/** So many CPUs, an area for each as the kernel rounds them, and each area as large as before. */
function scaled(input: ScenarioInput, cpus: number): ScenarioInput {
  const { pool } = resolveScenario({ ...input, copy: false })
  const { areas } = adjustSize(1, cpus)
  return {
    ...input,
    cpus,
    pool: { ...input.pool, slots: (pool.slots / pool.areas) * areas, areas: cpus },
  }
}

/** How the pool of a series changes with what the series is over; empty where it does not. */
function growth(name: string, { sweep, engine, slots, areas }: CompareFlags): string {
  if (!sweep || slots !== undefined) return ''
  if (sweep.parameter === 'areas') {
    const grows = name === HEADLINE_SCENARIO
    return grows ? 'the pool grows with the areas; --areas alone keeps it' : ''
  }
  const grows = engine === 'virtual' && areas === undefined
  return grows ? 'the pool and its areas grow with the CPUs; --cpus alone keeps them' : ''
}

/**
 * One step's scenario. Each area of the review's example has 8 MiB, however many there are. In
 * virtual time more CPUs are a larger machine, which has more areas, unless they are given.
 */
function stepInput(
  name: string,
  input: ScenarioInput,
  parameter: SweepRequest['parameter'],
  value: number,
  { engine, areas }: CompareFlags,
): ScenarioInput {
  if (parameter === 'cpus') {
    const grows = engine === 'virtual' && areas === undefined
    return grows ? scaled(input, value) : { ...input, cpus: value }
  }
  if (name === HEADLINE_SCENARIO) return { ...review(value), name }
  return { ...input, pool: { ...input.pool, areas: value } }
}

/** What to type for the last step alone: a sweep in virtual time has scaled its pool. */
function afterSweep(name: string, { steps }: SweepWithFiles, flags: CompareFlags): string {
  const { machine, pool, own } = steps.at(-1)?.comparison ?? {}
  const check = nextCheck(own)
  if (check !== undefined) return check
  const those = givenArgs(flags, ['trackers']) + fileArgs(flags.tracker)
  if (!machine || !pool) {
    return nextLine('one step in full', `compare ${name}${sameArgs(flags)}${those}`)
  }
  const step = `--engine virtual --cpus ${machine.cpus} --slots ${pool.slots} --areas ${pool.areas}`
  const same = sameArgs(flags, ['engine', 'cpus', 'slots', 'areas']) + those
  return nextLine('the last step in full', `compare ${name} ${step}${same}`)
}

interface SweepWithFiles extends Sweep {
  readonly steps: readonly (SweepStep & { readonly comparison: ComparisonWithFiles })[]
}

async function runSweep(
  name: string,
  { parameter, values }: SweepRequest,
  flags: CompareFlags,
  options: CompareOptions,
  compareWithFiles: CompareWithFiles,
): Promise<SweepWithFiles> {
  const input = openScenario(name)
  if (options.engine === 'virtual' && parameter === 'cpus') {
    // Before the first step, so that a machine that cannot be is not found out at the last.
    for (const value of values) resolveTopology(value, options.machine)
  }
  const steps: SweepWithFiles['steps'][number][] = []
  for (const [i, value] of values.entries()) {
    const comparison = await compareWithFiles(
      withFlags(stepInput(name, input, parameter, value, flags), flags),
      {
        ...options,
        onProgress: ({ phase, done }) =>
          options.onProgress?.({
            phase: `${value} ${parameter}: ${phase}`,
            done: (i + done) / values.length,
          }),
      },
    )
    steps.push({ value, comparison })
  }
  return { parameter, steps, frontier: frontierMoves(steps) }
}

export function addCompare(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('compare')
    .description('all trackers side by side: what they report, and what they cost')
    .argument('[scenario]', 'a name out of `list`, or a JSON file', HEADLINE_SCENARIO)
    .option('--trackers <a,b,c>', 'default: all', trackerList('--trackers'))
    .option('--tracker <file>', 'a tracker of your own, as ./mine.h; once for each', eachFile, [])
    .option('--sweep <series>', 'a series, as areas=8,16,32 or cpus=1,2,4,...,64', sweep('--sweep'))
  addScenarioOptions(command)
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, flags: CompareFlags) => {
      const options = { ...runOptions(flags, io), trackers: flags.trackers }
      const { sweep, tracker } = flags
      if (sweep) {
        const result = await withTrackerFiles(tracker, options, (compareWithFiles) =>
          runSweep(name, sweep, flags, options, compareWithFiles),
        )
        const own = result.steps.at(-1)?.comparison.own ?? []
        if (flags.json) io.printJson('sweep', result)
        else {
          io.print(
            [
              sweepText(result, growth(name, flags)),
              ...fileWords(own).map((text) => wrap(text, '  ')),
            ].join('\n'),
          )
          io.print(afterSweep(name, result, flags))
        }
        return finish(worst(result.steps.map((step) => filesAnswer(step.comparison))))
      }
      const comparison = await withTrackerFiles(tracker, options, (compareWithFiles) =>
        compareWithFiles(scenarioOf(name, flags), options),
      )
      if (flags.json) io.printJson('compare', comparison)
      else {
        io.print(comparisonText(comparison))
        io.print(afterComparison(name, comparison, flags))
      }
      finish(filesAnswer(comparison))
    })
}
