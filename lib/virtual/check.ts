/** The search for an order of accesses under which a tracker breaks its promise. */
import { type NativeOptions, runNative } from '../native.js'
import type { NativeFinding } from '../native-virtual.js'
import {
  loadedTrackers,
  nativeVariant,
  poolAt,
  resolveLayout,
  resolveTrackers,
} from '../run/plan.js'
import type { AnyTracker } from '../run/types.js'
import { InputError, oneOf } from '../scenario/errors.js'
import { Operations } from '../trace/index.js'
import { type Recorded, readFinding, writeFinding } from './finding-log.js'
import {
  type Finding,
  type FindingName,
  findingNames,
  type Policy,
  policies,
  type WantedFinding,
  wantedFindings,
} from './types.js'

export const DEFAULT_SEED = 1
export const DEFAULT_SEEDS = 1000
const MAX_SEEDS = 1e9

const bit = (name: FindingName): number => 1 << findingNames.indexOf(name)
/** What no tracker may show: the first six. */
const PROMISE = bit('below-truth') - 1

const bitsOf = (wanted: WantedFinding): number => (wanted === 'promise' ? PROMISE : bit(wanted))

export interface CheckOptions extends NativeOptions {
  /** The first; 1 by default. */
  readonly seed?: number | undefined
  /** One schedule of one small scenario each; 1000 by default. */
  readonly seeds?: number | undefined
  readonly policy?: Policy | undefined
  readonly wanted?: WantedFinding | undefined
  /** `switchable` only: turn it on in the midst of the operations. */
  readonly lateSwitch?: boolean | undefined
}

export interface CheckResult {
  readonly tracker: AnyTracker
  readonly wanted: WantedFinding
  readonly policy: Policy
  readonly seed: number
  readonly seeds: number
  readonly lateSwitch: boolean
  /** Schedules that were run until it ended, and the shared accesses they ordered. */
  readonly schedules: number
  readonly accesses: number
  /** The first seed's that shows what is wanted, as short as it could be made. */
  readonly found: Finding | null
}

function whole(what: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new InputError(`${what}: expected a whole number from ${least} to ${most}, not ${value}`)
}

function variantOf(tracker: AnyTracker, enabled: boolean) {
  // One percent of the pool, whatever its size, needs no size to be checked against.
  return nativeVariant(tracker, resolveLayout(), 0, { enabled })
}

const finite = (n: number): number | null => (Number.isFinite(n) ? n : null)

function findingOf(native: NativeFinding, record: Recorded, log: string): Finding {
  const { pool, cpus, operations } = record
  return {
    findings: findingNames.filter((name) => (native.finding & bit(name)) !== 0),
    promiseBroken: (native.finding & PROMISE) !== 0,
    seed: native.seed,
    pool: { slots: pool.nslabs, areas: pool.nareas },
    cpus,
    operations: operations.length,
    accesses: record.choices.length,
    reportedSlots: native.hiwater,
    truthSlots: native.truth,
    envelopeSlots: { low: native.low, high: native.high },
    usedSlots: native.used,
    bounds: { under: finite(native.boundUnder), over: finite(native.boundOver) },
    broken: native.broken,
    log,
  }
}

/**
 * Runs random schedules of small scenarios until one shows what is wanted. Same options, same
 * result.
 *
 * @throws InputError for an unknown tracker or an option that makes no sense; the signal's reason
 *   when it was aborted
 */
export async function check(name: string, options: CheckOptions = {}): Promise<CheckResult> {
  const [tracker] = resolveTrackers([name], loadedTrackers()) as [AnyTracker]
  const policy = oneOf('policy', options.policy ?? 'both', policies)
  const wanted = oneOf('wanted', options.wanted ?? 'promise', wantedFindings)
  const seeds = whole('seeds', options.seeds ?? DEFAULT_SEEDS, 1, MAX_SEEDS)
  const seed = whole('seed', options.seed ?? DEFAULT_SEED, 0, Number.MAX_SAFE_INTEGER - seeds)
  const { lateSwitch = false } = options
  if (lateSwitch && tracker !== 'switchable') {
    throw new InputError(`lateSwitch: ${tracker} has no switch; expected switchable`)
  }
  const native = await runNative(
    {
      kind: 'check',
      variant: variantOf(tracker, true),
      seed,
      seeds,
      policy: policies.indexOf(policy),
      wanted: bitsOf(wanted),
      lateSwitch,
    },
    options,
  )
  const common = { tracker, wanted, policy, seed, seeds, lateSwitch }
  const { schedules, accesses } = native
  if (native.finding === 0) return { ...common, schedules, accesses, found: null }
  const record = recordOf(tracker, native)
  return { ...common, schedules, accesses, found: await runRecord(record, options) }
}

/** A search's answer holds one finding; run once more, the schedule says everything it shows. */
async function runRecord(record: Recorded, options: NativeOptions): Promise<Finding> {
  const { tracker, seed, pool, cpus, lateSwitch, looks, operations, choices } = record
  const native = await runNative(
    {
      kind: 'check-replay',
      variant: variantOf(tracker, true),
      seed,
      pool: poolAt(pool.nslabs, pool.nareas, pool.start),
      cpus,
      lateSwitch,
      looks,
      operations: operations.buffer,
      choices,
    },
    options,
  )
  return findingOf(native, record, writeFinding(record))
}

function recordOf(tracker: AnyTracker, native: NativeFinding): Recorded {
  const { nslabs, nareas, start, seed, cpus, lateSwitch, looks, choices } = native
  return {
    tracker,
    seed,
    pool: { nslabs, nareas, start },
    cpus,
    lateSwitch,
    looks,
    operations: new Operations(native.operations),
    choices,
  }
}

export interface ReplayFindingOptions extends NativeOptions {
  /** Instead of the one that the log was found with. */
  readonly tracker?: string | undefined
}

/**
 * A schedule that check() found, once more.
 *
 * @param text what `Finding.log` holds
 * @param file its name, for errors
 * @throws TraceError for a log that is none, with its line; InputError for one that cannot be run
 */
export async function replayFinding(
  text: string,
  file: string,
  { tracker, ...options }: ReplayFindingOptions = {},
): Promise<{ readonly tracker: AnyTracker } & Finding> {
  const record = readFinding(text, file)
  if (tracker === undefined && record.tracker.endsWith('.h')) {
    throw new InputError(
      `${file}: found with ${record.tracker}, a tracker file; expected the file to be named, as ` +
        `./${record.tracker}`,
    )
  }
  const [name] = resolveTrackers([tracker ?? record.tracker], loadedTrackers()) as [AnyTracker]
  const found = await runRecord({ ...record, tracker: name }, options)
  return { tracker: name, ...found }
}
