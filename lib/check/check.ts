/**
 * `check`: the search for an order of accesses under which a tracker breaks its promise.
 *
 * | file            | what it does                                                             |
 * | --------------- | ------------------------------------------------------------------------ |
 * | check.ts        | a search, and one schedule once more, in native/virtual/schedule/        |
 * | finding-log.ts  | a schedule as a file                                                     |
 * | steps.ts        | what was done in it, access by access                                    |
 * | tracker-file.ts | both on a tracker file, in a process of its own: tracker-file/           |
 */

import { InputError, oneOf, wholeNumber } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { option, optionsOf, textArgument } from '../data/options.js'
import { nativeVariant, poolAt } from '../native/inputs.js'
import { layouts, resolveLayout } from '../native/layout.js'
import type { NativeFinding } from '../native/plans/check.js'
import { type NativeOptions, runNative } from '../native/run.js'
import { boundsOf, loadedTrackers, traitsOf } from '../native/trackers.js'
import {
  type Beside,
  besideNames,
  type CheckOptions,
  type CheckResult,
  type Coverage,
  type Differ,
  type Finding,
  type FindingName,
  findingNames,
  namesOf,
  policies,
  type Race,
  untilNames,
  type WantedFinding,
  wantedFindings,
} from '../results/check.js'
import { checkShape, watched } from '../results/options.js'
import type { AnyTracker, Layout } from '../results/variant.js'
import { OperationKind, Operations } from '../trace/index.js'
import { MAX_RACES } from '../tracker-file/races.js'
import { wordsOfTracker } from '../tracker-file/words.js'
import { MAX_SLOTS, type Recorded, readFinding, writeFinding } from './finding-log.js'
import { stepsOf } from './steps.js'

export const DEFAULT_SEED = 1
/** Of a search, and of the trial before a comparison: both must say the same of a file. */
export const DEFAULT_SEEDS = 10_000
export const MAX_SEEDS = 1e9

const COMPILED_IN: Coverage = {
  known: false,
  why: 'it is compiled in; with --coverage it is compiled here',
}

const bit = (name: FindingName): number => 1 << findingNames.indexOf(name)
/** What no tracker may show: all before this one. */
const PROMISE = bit('below-truth') - 1

const bitsOf = (wanted: WantedFinding): number => (wanted === 'promise' ? PROMISE : bit(wanted))

function variantOf(tracker: AnyTracker, layout: Layout, tolerance: number | null = null) {
  // In a pool that has fewer slots it is that many.
  return nativeVariant(tracker, layout, MAX_SLOTS, {
    enabled: true,
    tolerance: tolerance ?? undefined,
  })
}

const bits = <T>(list: readonly T[], all: readonly T[]): number =>
  list.reduce((sum, one) => sum | (1 << all.indexOf(one)), 0)

/**
 * @param fixed whether the tolerance is
 * @throws InputError for what the tracker does not have
 */
function resolveBeside(
  tracker: AnyTracker,
  wanted: readonly string[] | undefined,
  fixed: boolean,
): Beside[] {
  const has = traitsOf(tracker).beside
  if (fixed && !has.includes('tolerance')) {
    throw new InputError(`tolerance: ${tracker} has none; expected nothing to be set`)
  }
  if (fixed && wanted?.includes('tolerance')) {
    throw new InputError('beside: expected no tolerance, which is set for all schedules')
  }
  if (!wanted) return has.filter((name) => !fixed || name !== 'tolerance')
  return wanted.map((name) => {
    const known = oneOf('beside', name, besideNames)
    if (has.includes(known)) return known
    throw new InputError(`beside: ${tracker} has no ${known}; expected one of ${has.join(', ')}`)
  })
}

/** @throws InputError for an unknown key or value */
function matching(fixed: Partial<Layout>): Layout[] {
  resolveLayout(fixed)
  return layouts.filter((layout) =>
    Object.entries(fixed).every(
      ([key, value]) => value === undefined || layout[key as keyof Layout] === value,
    ),
  )
}

const operationKinds = (operations: Operations, from: number): Set<number> =>
  new Set(Array.from({ length: operations.length - from }, (_, i) => operations.kind(from + i)))

function findingOf(native: NativeFinding, record: Recorded, log: string): Finding {
  const { pool, layout, grow, cpus, operations, tolerances, switches, reads, load } = record
  const happened: Readonly<Record<Beside, boolean>> = {
    switch: switches > 0,
    reset: operationKinds(operations, load).has(OperationKind.reset),
    growth: grow,
    tolerance: tolerances.length > 0,
    reader: reads > 0,
    load: load > 0,
  }
  return {
    findings: findingNames.filter((name) => (native.finding & bit(name)) !== 0),
    promiseBroken: (native.finding & PROMISE) !== 0,
    seed: native.seed,
    layout,
    pool: { slots: pool.nslabs, areas: pool.nareas, grow },
    beside: besideNames.filter((name) => happened[name]),
    cpus,
    operations: operations.length - load,
    loadOperations: load,
    accesses: record.choices.length,
    reportedSlots: native.hiwater,
    truthSlots: native.truth,
    envelopeSlots: { low: native.low, high: native.high },
    usedSlots: native.used,
    liveSlots: native.live,
    readSlots:
      native.readUsed !== 0 ? { used: native.readUsed, hiwater: native.readHiwater } : null,
    bounds: boundsOf(native.boundUnder, native.boundOver),
    certified:
      native.lower === null ? null : { lowerSlots: native.lower, mostSlots: native.lowerHigh },
    broken: native.broken,
    steps: stepsOf(native.steps, wordsOfTracker(record.tracker)),
    stepsCut: native.stepsCut,
    log,
  }
}

function differOf({ differ, seed }: NativeFinding): Differ | null {
  if (!differ) return null
  const { findings, hiwater, used, lower, accesses } = differ
  const run = (i: 0 | 1): Differ['runs'][number] => ({
    findings: findingNames.filter((name) => (findings[i] & bit(name)) !== 0),
    reportedSlots: hiwater[i],
    usedSlots: used[i],
    lowerSlots: lower[i],
    accesses: accesses[i],
  })
  return { seed, runs: [run(0), run(1)] }
}

const checkSchema = optionsOf(checkShape)

/**
 * Runs random schedules of small scenarios until one shows what is wanted. Same options, same
 * result.
 *
 * @throws InputError for an unknown tracker or an option that makes no sense; the signal's reason
 *   when it was aborted
 */
export function check(name: string, options: CheckOptions = {}): Promise<CheckResult> {
  return follow(checkSchema, options, (followed) => search(name, followed))
}

async function search(name: string, options: CheckOptions): Promise<CheckResult> {
  const tracker = oneOf('tracker', name, loadedTrackers())
  const policy = oneOf('policy', options.policy ?? 'both', policies)
  const wanted = oneOf('wanted', options.wanted ?? 'promise', wantedFindings)
  const seeds = wholeNumber('seeds', options.seeds ?? DEFAULT_SEEDS, 1, MAX_SEEDS)
  const seed = wholeNumber('seed', options.seed ?? DEFAULT_SEED, 0, Number.MAX_SAFE_INTEGER - seeds)
  const { tolerance = null } = options
  const beside = resolveBeside(tracker, options.beside, tolerance !== null)
  const drawn = matching(options.layout ?? {})
  const native = await runNative(
    {
      kind: 'check',
      variant: variantOf(tracker, resolveLayout(), tolerance),
      seed,
      seeds,
      policy: policies.indexOf(policy),
      wanted: bitsOf(wanted),
      beside: bits(beside, besideNames),
      layouts: bits(drawn, layouts),
    },
    options,
  )
  const { schedules, accesses, loaded, longest, pastReset, pastTransient } = native
  const { mostSlots: slots, mostAreas: areas, mostCpus, mostUsed: usedSlots } = native
  const { reads, promise } = traitsOf(tracker)
  const past = { reset: pastReset, transient: pastTransient }
  const common = {
    ...{ tracker, wanted, policy, seed, seeds, beside, layouts: drawn },
    ...{ schedules, accesses, loaded, longest },
    largest: { slots, areas, cpus: mostCpus, usedSlots },
    ...{ tolerance, reads, promise },
    until: namesOf(native.until, untilNames).map((what) => ({ what, schedules: past[what] })),
  }
  const racesCut = native.races.length >= MAX_RACES
  const races = native.races.map(([plain, other]): Race => {
    return [
      { ...plain, line: null },
      { ...other, line: null },
    ]
  })
  const differ = differOf(native)
  // What is not the same twice has not been run as it seems.
  const coverage = differ ? null : COMPILED_IN
  const met = { races, racesCut, differ }
  if (native.finding === 0) return { ...common, ...met, coverage, found: null }
  const found = await runRecord(recordOf(tracker, native, tolerance), options)
  return { ...common, ...met, coverage: null, found }
}

/** A search's answer holds one finding; run once more, the schedule says everything it shows. */
async function runRecord(record: Recorded, options: NativeOptions): Promise<Finding> {
  const { tracker, seed, pool, cpus, operations, choices } = record
  const { lateSwitch, switches, looks, reads, clock, stretchNs, watched, load, tolerances } = record
  const native = await runNative(
    {
      kind: 'check-replay',
      variant: variantOf(tracker, record.layout, record.tolerance),
      seed,
      pool: poolAt(pool.nslabs, pool.nareas, pool.start, record.grow),
      ...{ cpus, lateSwitch, switches, looks, reads, clock, stretchNs, watched, load, tolerances },
      operations: operations.buffer,
      choices,
    },
    options,
  )
  return findingOf(native, record, writeFinding(record))
}

function recordOf(tracker: AnyTracker, native: NativeFinding, tolerance: number | null): Recorded {
  const { nslabs, nareas, start, grow, seed, cpus, choices } = native
  const { lateSwitch, switches, looks, reads, clock, stretchNs, watched, load } = native
  return {
    tracker,
    seed,
    pool: { nslabs, nareas, start },
    layout: layouts[native.layout] as Layout,
    ...{ grow, cpus, lateSwitch, switches, looks, reads, clock, stretchNs, watched, load },
    tolerance,
    tolerances: native.tolerances,
    operations: new Operations(native.operations),
    choices,
  }
}

export interface ReplayFindingOptions extends NativeOptions {
  /** Instead of the one that the log was found with. */
  readonly tracker?: string | undefined
}

const findingSchema = optionsOf<ReplayFindingOptions>({ ...watched, tracker: option.text })

/**
 * A schedule that check() found, once more.
 *
 * @param text what `Finding.log` holds
 * @param file its name, for errors
 * @throws TraceError for a log that is none, with its line; InputError for one that cannot be run
 */
export function replayFinding(
  text: string,
  file: string,
  options: ReplayFindingOptions = {},
): Promise<{ readonly tracker: AnyTracker } & Finding> {
  return follow(findingSchema, options, (followed) => replayLog(text, file, followed))
}

async function replayLog(
  text: string,
  file: string,
  { tracker, ...options }: ReplayFindingOptions,
): Promise<{ readonly tracker: AnyTracker } & Finding> {
  const record = readFinding(textArgument('text', text, 'what Finding.log holds'), file)
  if (tracker === undefined && record.tracker.endsWith('.h')) {
    throw new InputError(
      `${file}: found with ${record.tracker}, a tracker file; expected the file to be named, as ` +
        `./${record.tracker}`,
    )
  }
  const name = oneOf<AnyTracker>('tracker', tracker ?? record.tracker, loadedTrackers())
  // Turned on is only what has a switch: without one it counted all along.
  const still = traitsOf(name).beside.includes('switch') ? {} : { lateSwitch: false, switches: 0 }
  const found = await runRecord({ ...record, ...still, tracker: name }, options)
  return { tracker: name, ...found }
}
