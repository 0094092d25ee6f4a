/** A series of comparisons: what each step is, whole or in shards, and how it is told. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  adjustSize,
  type CompareOptions,
  type CompareWithFiles,
  type ComparisonWithFiles,
  frontierMoves,
  loadCostModel,
  resolveScenario,
  resolveTopology,
  review,
  type ScenarioInput,
  type TrackerName,
} from '../../index.js'
import { type Sweep, type SweepStep, stepName } from '../../report/parts/steps.js'
import { fileWords } from '../../report/parts/tracker-files.js'
import { sweepText } from '../../report/text/sweep.js'
import { wrap } from '../../report/words.js'
import { digestOf, type Plan } from '../../shards/line.js'
import { partsOf, type Shard } from '../../shards/shard.js'
import { filesAnswer, worst } from './answer.js'
import type { ExitCode, Io } from './io.js'
import { fileWord, nextCheck, nextLine } from './next-step.js'
import { fileArgs, givenArgs, type SweepRequest } from './parse.js'
import { openScenario, type ScenarioFlags, sameArgs, withFlags } from './scenario.js'
import { printShard, type ShardFlags } from './shards.js'
import { missingWords } from './so-far.js'
import type { TimelineFlags } from './timeline.js'

export const HEADLINE_SCENARIO = 'review-64mib'

export interface CompareFlags extends ScenarioFlags, ShardFlags, TimelineFlags {
  readonly trackers?: TrackerName[]
  readonly tracker: readonly string[]
  readonly sweep?: SweepRequest
}

export type SweepFlags = CompareFlags & { readonly sweep: SweepRequest }

interface SweepWithFiles extends Sweep {
  readonly steps: readonly (SweepStep & { readonly comparison: ComparisonWithFiles })[]
  /** Values that were not come to, because it was interrupted; absent where there are none. */
  readonly missing?: readonly number[]
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
function growth(name: string, { sweep, engine, slots, areas }: SweepFlags): string {
  if (slots !== undefined) return ''
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
  value: number,
  { sweep: { parameter }, engine, areas }: SweepFlags,
): ScenarioInput {
  if (parameter === 'cpus') {
    const grows = engine === 'virtual' && areas === undefined
    return grows ? scaled(input, value) : { ...input, cpus: value }
  }
  if (name === HEADLINE_SCENARIO) return { ...review(value), name }
  return { ...input, pool: { ...input.pool, areas: value } }
}

/** What to type for the last step alone: a sweep in virtual time has scaled its pool. */
function afterSweep(name: string, { steps }: SweepWithFiles, flags: SweepFlags): string {
  const { machine, pool, own } = steps.at(-1)?.comparison ?? {}
  const check = nextCheck(own)
  if (check !== undefined) return check
  const those = givenArgs(flags, ['trackers']) + fileArgs(flags.tracker)
  if (!machine || !pool) {
    return nextLine('one step in full', `compare ${fileWord(name)}${sameArgs(flags)}${those}`)
  }
  const step = `--engine virtual --cpus ${machine.cpus} --slots ${pool.slots} --areas ${pool.areas}`
  const same = sameArgs(flags, ['engine', 'cpus', 'slots', 'areas']) + those
  return nextLine('the last step in full', `compare ${fileWord(name)} ${step}${same}`)
}

/** Runs a step, which is named by its place from 0. */
type RunStep = (i: number) => Promise<ComparisonWithFiles>

/** @param run the places that will be run, for the progress */
function stepsOf(
  input: ScenarioInput,
  name: string,
  flags: SweepFlags,
  options: CompareOptions,
  run: readonly number[],
): (compareWithFiles: CompareWithFiles) => RunStep {
  const { parameter, values } = flags.sweep
  if (options.engine === 'virtual' && parameter === 'cpus') {
    // Before the first step, so that a machine that cannot be is not found out at the last.
    for (const value of values) resolveTopology(value, options.machine)
  }
  return (compareWithFiles) => (i) => {
    const value = values[i] as number
    return compareWithFiles(withFlags(stepInput(name, input, value, flags), flags), {
      ...options,
      onProgress: ({ phase, done, work }) =>
        options.onProgress?.({
          work,
          phase: `${stepName(parameter, value)}: ${phase}`,
          done: (run.indexOf(i) + done) / run.length,
        }),
    })
  }
}

function sweepOf(
  { parameter, values }: SweepRequest,
  all: readonly ComparisonWithFiles[],
): SweepWithFiles {
  const steps = all.map((comparison, i) => ({ value: values[i] as number, comparison }))
  const missing = values.slice(steps.length)
  return {
    ...{ parameter, steps, frontier: frontierMoves(steps) },
    ...(missing.length > 0 && { missing }),
  }
}

/** Adds each step to those that are done. */
export async function runSweep(
  name: string,
  flags: SweepFlags,
  options: CompareOptions,
  compareWithFiles: CompareWithFiles,
  done: ComparisonWithFiles[],
): Promise<void> {
  const places = [...flags.sweep.values.keys()]
  const step = stepsOf(openScenario(name), name, flags, options, places)(compareWithFiles)
  for (const place of places) done.push(await step(place))
}

/** Prints a series. */
export function tellSweep(
  name: string,
  all: readonly ComparisonWithFiles[],
  flags: SweepFlags,
  io: Io,
): ExitCode {
  const result = sweepOf(flags.sweep, all)
  const own = all.at(-1)?.own ?? []
  if (flags.json) io.printJson('sweep', result, flags.typed)
  else {
    io.print(
      [
        sweepText(result, growth(name, flags)),
        ...fileWords(own).map((text) => wrap(text, '  ')),
      ].join('\n'),
    )
    const { missing } = result
    if (missing) io.print(missingWords(missing.length, flags.sweep.values.length, 'steps'))
    else io.print(afterSweep(name, result, flags))
  }
  return worst(all.map(filesAnswer))
}

/** All that decides what a series gives, but for the machine that it is timed on. */
export interface SweepPlan extends Plan {
  readonly command: 'compare'
  readonly name: string
  readonly flags: SweepFlags
  readonly scenario: ScenarioInput
  /** Digests of what is named only: the cost model of virtual time, and tracker files. */
  readonly costModel: string | null
  readonly trackerFiles: readonly string[]
}

/** Some steps of a series, as lines. */
export async function printSweepShard(
  shard: Shard,
  name: string,
  { shard: _, json: __, ...flags }: SweepFlags,
  options: CompareOptions,
  compareWithFiles: CompareWithFiles,
  io: Io,
): Promise<void> {
  const { parameter, values } = flags.sweep
  const scenario = openScenario(name)
  const plan: Omit<SweepPlan, 'typed'> = {
    command: 'compare',
    name,
    flags,
    scenario,
    costModel: flags.engine === 'virtual' ? digestOf(loadCostModel(flags.costModel)) : null,
    trackerFiles: flags.tracker.map((file) =>
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ),
  }
  const parts = partsOf(shard, values.length, 'steps in the series')
  const run = parts.map((part) => part - 1)
  const step = stepsOf(scenario, name, flags, options, run)(compareWithFiles)
  const named = run.map((i) => [i + 1, `${parameter}=${values[i]}`, () => step(i)] as const)
  await printShard(shard, plan, values.length, named, io)
}
