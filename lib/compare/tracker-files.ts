/** Comparisons with trackers of the user's own: each is compiled and tried, then compared. */
import { resolveTrackers } from '../native/trackers.js'
import type { CompareOptions, Comparison } from '../results/comparison.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { checkFiles } from '../tracker-file/files.js'
import { type Outcome, runGuest } from '../tracker-file/guest.js'
import {
  type Guest,
  type GuestLimits,
  LIMITS,
  runGuests,
  type Use,
  type WithGuests,
  withGuests,
} from '../tracker-file/guests.js'
import type { BuiltTracker, OwnComparison, PlainOptions } from '../tracker-file/types.js'
import { compare } from './compare.js'
import { withFiles } from './file-rows.js'

export interface OwnOptions extends CompareOptions {
  /** How long a tracker's process may be silent before it is ended, in seconds. */
  readonly limits?: GuestLimits | undefined
  /** In words about a file that fails; `compared` by default. */
  readonly use?: Use | undefined
}

/** Like compare(), with the rows of the tracker files behind the others. */
export type CompareAll = (input: ScenarioInput, options?: OwnOptions) => Promise<OwnComparison>

function plain({ signal, onProgress, limits, use, trackers, ...rest }: OwnOptions): PlainOptions {
  return rest
}

async function compareAll(
  input: ScenarioInput,
  options: OwnOptions,
  admitted: readonly Guest[],
): Promise<WithGuests<OwnComparison>> {
  const listed = resolveTrackers(options.trackers)
  const { signal, onProgress, limits = LIMITS, use = 'compared' } = options
  const together = (
    trackers: readonly string[],
    built: readonly BuiltTracker[],
  ): Promise<Outcome<Comparison>> => {
    const names = [...trackers, ...built.map(({ name }) => name)] as CompareOptions['trackers']
    return runGuest(
      { kind: 'compare', built, input, options: { ...plain(options), trackers: names } },
      { signal, onProgress, silenceMs: limits.compare * 1000 },
    )
  }
  const { result, guests } = await runGuests(admitted, {
    use,
    all: (built) => together(listed, built),
    alone: (one) => together([], [one]),
    none: () => compare(input, { ...options, trackers: listed }),
  })
  const reports = guests.map(({ report }) => report)
  return { result: withFiles(result, reports), guests }
}

/**
 * Compiles tracker files, tries each in a process of its own, and lends a compare() that has them
 * among its rows. Whatever a file does wrong becomes a line in `own`; the others are compared.
 *
 * @param options layout, engine and tuning of the trial
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export async function withTrackerFiles<T>(
  files: readonly string[],
  options: OwnOptions,
  use: (compareAll: CompareAll) => Promise<T>,
): Promise<T> {
  return withGuests(checkFiles(files), options, compareAll, use)
}
