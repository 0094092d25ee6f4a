/** The options that `run` and `compare` share: what is run, and how. */
import type { Command } from 'commander'
import {
  type Engine,
  engines,
  InputError,
  loadScenario,
  type MachineOptions,
  type RunOptions,
  resolveScenario,
  type ScenarioInput,
} from '../../index.js'
import { MAX_WARM_STEPS } from '../../predict/run.js'
import type { Tuning } from '../../results/variant.js'
import { isPreset } from '../../scenario/presets.js'
import { limits } from '../../scenario/schema.js'
import type { Io } from './io.js'
import { addLayoutOptions, LAYOUT_FLAGS, type LayoutFlags, layoutOf } from './layout.js'
import {
  addMachineOptions,
  MACHINE_FLAGS,
  type MachineFlags,
  machineOf,
  refuseFlags,
} from './machine.js'
import { givenArgs, slotCount, wholeNumber, word } from './parse.js'
import { addTuningOptions, TUNING_FLAGS, tuningOf } from './tuning.js'

export interface ScenarioFlags extends LayoutFlags, MachineFlags, Tuning {
  readonly engine?: Engine
  readonly cpus?: number
  readonly slots?: number
  readonly areas?: number
  readonly seed?: number
  readonly steps?: number
  /** False for `--no-copy`; true says nothing, the scenario decides. */
  readonly copy: boolean
  readonly timing: boolean
  readonly threads?: number
  readonly rounds?: number
  readonly placement?: 'spread' | 'neighbours'
  readonly warmSteps?: number
  readonly json?: boolean
}

export function addScenarioOptions(command: Command): Command {
  const text = (flags: string, what: string, parser: (value: string) => unknown): Command =>
    command.option(flags, what, parser)
  text(
    '--engine <name>',
    'who orders the operations: serial (default), threads or virtual (predicts times)',
    word('--engine', engines),
  )
  const limited = (name: keyof typeof limits, what: string): Command => {
    const [least, most] = limits[name]
    const upTo = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `${least} to ${most}`
    return text(`--${name} <n>`, `${what}: ${upTo}`, wholeNumber(`--${name}`, least, most))
  }
  limited('cpus', 'CPUs of the scenario')
  text('--slots <size>', 'pool, in slots (32768) or as a size (64MiB)', slotCount('--slots'))
  limited('areas', 'areas of the pool')
  limited('seed', 'of the random choices')
  limited('steps', 'steps of all CPUs together in the accuracy run')
  addLayoutOptions(command)
  addTuningOptions(command)
  limited('threads', 'threads that are timed')
  limited('rounds', 'rounds of the timing')
  text(
    '--placement <name>',
    'CPUs that the threads map as: spread or neighbours',
    word('--placement', ['spread', 'neighbours']),
  )
  addMachineOptions(command)
  text(
    '--warm-steps <n>',
    'virtual engine: steps of each CPU before anything is measured',
    wholeNumber('--warm-steps', 0, MAX_WARM_STEPS),
  )
  return command
    .option('--no-copy', 'time without the bounce copies')
    .option('--no-timing', 'accuracy only')
}

/** The entries of an object that are given. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** A preset or a file; what is wrong with a file is said with the file's name. */
export function openScenario(nameOrFile: string): ScenarioInput {
  const input = loadScenario(nameOrFile)
  if (isPreset(nameOrFile)) return input
  try {
    resolveScenario(input)
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${nameOrFile}: ${error.message}`)
    throw error
  }
  return input
}

/** The scenario with the options in its place. */
export function withFlags(input: ScenarioInput, flags: ScenarioFlags): ScenarioInput {
  const { slots, areas, cpus, seed, steps, threads, rounds, placement } = flags
  return {
    ...input,
    ...given({ cpus, seed, steps }),
    ...(flags.copy ? {} : { copy: false }),
    pool: { ...input.pool, ...given({ slots, areas }) },
    timing: { ...input.timing, ...given({ threads, rounds, placement }) },
  }
}

/** What a command is given: a preset or a file, with the options in its place. */
export const scenarioOf = (nameOrFile: string, flags: ScenarioFlags): ScenarioInput =>
  withFlags(openScenario(nameOrFile), flags)

/** Of the timing of threads. */
const TIMING_FLAGS = ['threads', 'rounds', 'placement'] as const

/** What the virtual engine runs on; options of the other engines are refused beside it. */
function machineOptions(flags: ScenarioFlags): MachineOptions | undefined {
  if (flags.engine === 'virtual') {
    refuseFlags(flags, TIMING_FLAGS, 'nothing is timed with')
    return { ...machineOf(flags), warmSteps: flags.warmSteps }
  }
  refuseFlags(flags, [...MACHINE_FLAGS, 'warmSteps'], 'expected')
  return undefined
}

const VALUE_FLAGS = [
  ...['engine', 'cpus', 'slots', 'areas', 'seed', 'steps'],
  ...[...TUNING_FLAGS, ...TIMING_FLAGS, 'warmSteps', ...LAYOUT_FLAGS, ...MACHINE_FLAGS],
] as const satisfies readonly (keyof ScenarioFlags)[]

/** What was given, to be typed again; but for options that what is to be typed sets itself. */
export function sameArgs(
  flags: ScenarioFlags,
  without: readonly (keyof ScenarioFlags)[] = [],
): string {
  const values = VALUE_FLAGS.filter((name) => !without.includes(name))
  const copy = flags.copy || without.includes('copy') ? '' : ' --no-copy'
  const timing = flags.timing || without.includes('timing') ? '' : ' --no-timing'
  return givenArgs(flags, values) + copy + timing
}

export function runOptions(flags: ScenarioFlags, io: Io): RunOptions {
  return {
    ...tuningOf(flags),
    engine: flags.engine,
    machine: machineOptions(flags),
    layout: layoutOf(flags),
    timing: flags.timing,
    ...given({ course: flags.json }),
    signal: io.signal,
    onProgress: io.progress,
  }
}
