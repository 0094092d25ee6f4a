/** Trackers of the user's own: the rows of those that could not be compared, and what is wrong with them. */
import type { TrackerFileReport } from '../../tracker-file/types.js'
import { raceWords } from './races.js'

/** @param columns of the table */
export function refusedLines(own: readonly TrackerFileReport[], columns: number): string[][] {
  return own
    .filter(({ compared }) => !compared)
    .map(({ tracker }) => [tracker, 'failed', ...Array<string>(columns - 2).fill('-')])
}

/**
 * Of a file whose run need not show it: what is wrong all the same, `promise broken in a schedule`;
 * undefined where nothing is.
 */
export function beforeWords({
  found,
  faults,
}: Pick<TrackerFileReport, 'found' | 'faults'>): string | undefined {
  if (faults.length === 0) return undefined
  return found?.promiseBroken ? 'promise broken in a schedule' : 'failed in a check before it'
}

/** The same behind what one run says of a tracker; empty where nothing is wrong. */
export function onlyHereWords(own: readonly TrackerFileReport[], tracker: string): string {
  const file = own.find((one) => one.tracker === tracker)
  const before = file && beforeWords(file)
  return before === undefined ? '' : ` in this run (${before}, above)`
}

/** `mine.h: crashed (SIGSEGV) in the short serial run; not compared`, `mine.h: data races: ...` */
export function fileWords(own: readonly TrackerFileReport[]): string[] {
  return own.flatMap(({ tracker, faults, ...met }) =>
    [...faults, ...raceWords(met)].map((words) => `${tracker}: ${words}`),
  )
}
