/** The trackers by name: which there are, and what each says of itself. */
import { InputError, oneOf } from '../data/errors.js'
import { listArgument } from '../data/options.js'
import { type TrackerName, trackers } from '../data/trackers.generated.js'
import { slotWords } from '../data/units.js'
import { type Beside, besideNames, namesOf, type Until, untilNames } from '../results/check.js'
import type { Accuracy } from '../results/comparison.js'
import type { AnyTracker } from '../results/variant.js'
import { addon, asked } from './addon.js'

export const trackerNames: readonly TrackerName[] = trackers.map((tracker) => tracker.name)
const onlyByName = new Set<string>(trackers.filter(({ byName }) => byName).map(({ name }) => name))

/**
 * @param known the trackers of the list, where nothing else is said
 * @throws InputError for an unknown tracker, and for one that is named twice
 */
export function resolveTrackers(wanted?: readonly string[]): readonly TrackerName[]
export function resolveTrackers<T extends AnyTracker>(
  wanted: readonly string[] | undefined,
  known: readonly T[],
): readonly T[]
export function resolveTrackers(
  wanted?: readonly string[],
  known: readonly AnyTracker[] = trackerNames,
): readonly AnyTracker[] {
  if (!wanted) return known.filter((name) => !onlyByName.has(name))
  if (listArgument('trackers', wanted, 'a list of names').length === 0)
    throw new InputError('trackers: expected at least one')
  const names = wanted.map((name) => oneOf('trackers', name, known))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw new InputError(`trackers: ${twice} is named twice`)
  return names
}

/** The trackers that this process can run: those of the list, and those that it has loaded. */
export function loadedTrackers(): readonly AnyTracker[] {
  return addon().trackers() as AnyTracker[]
}

/** In the words of the list; of a tracker that was loaded, what its bounds amount to. */
export function promiseOf(name: AnyTracker, bounds: Accuracy['bounds']): string {
  return trackers.find((tracker) => tracker.name === name)?.promise || promiseOfBounds(bounds)
}

const finite = (n: number): number | null => (Number.isFinite(n) ? n : null)

/** Slots that a mark is promised to stay within, from the addon's: Infinity for no bound. */
export const boundsOf = (under: number, over: number): Accuracy['bounds'] => ({
  under: finite(under),
  over: finite(over),
})

/**
 * What is to be known of a tracker that this process can run.
 *
 * @throws InputError for an unknown one
 */
export function traitsOf(name: string): {
  /** What can happen beside its maps and unmaps. */
  readonly beside: Beside[]
  /** What it says that its promise ends with. */
  readonly until: Until[]
  /** Whether who reads used and then the mark never sees used above it. */
  readonly reads: boolean
  /** Of its mark, in the words of the list: `exact`, `never over`; `none` where there is none. */
  readonly promise: string
} {
  const tracker = oneOf('tracker', name, loadedTrackers())
  const number = addon().trackers().indexOf(tracker)
  const [beside, until, reads, under, over] = asked(() => addon().trackerTraits(number))
  return {
    beside: namesOf(beside, besideNames),
    until: namesOf(until, untilNames),
    reads,
    promise: promiseOf(tracker, boundsOf(under, over)),
  }
}

/** What bounds on the error amount to, in the words of the list of trackers. Null is no bound. */
export function promiseOfBounds({ under, over }: Accuracy['bounds']): string {
  if (under === 0) return over === 0 ? 'exact' : 'never under'
  if (over === 0) return 'never over'
  if (under === null) return over === null ? 'none' : 'bounded over'
  return over === null ? 'bounded under' : 'bounded'
}

/**
 * The side on which a promise was broken: `never under`, `under by at most 62 slots`; `exact` of both.
 * Where it was on neither side, as of a mark that is no count, all that was promised.
 */
export function brokenSide({
  bounds,
  reportedSlots: reported,
  truthSlots: { low, high },
}: Pick<Accuracy, 'bounds' | 'reportedSlots' | 'truthSlots'>): string {
  const whole = promiseOfBounds(bounds)
  if (whole === 'exact' || reported === null || reported < 0) return whole
  const side = reported < low ? 'under' : reported > high ? 'over' : null
  const most = side && bounds[side]
  if (side === null || most === null) return whole
  return most === 0 ? `never ${side}` : `${side} by at most ${slotWords(most)}`
}
