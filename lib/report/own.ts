/** Trackers of the user's own: the rows of those that could not be compared, and what is wrong with them. */
import type { OwnTracker } from '../own/types.js'
import { raceWords } from './races.js'

/** @param columns of the table */
export function refusedLines(own: readonly OwnTracker[], columns: number): string[][] {
  return own
    .filter(({ compared }) => !compared)
    .map(({ tracker }) => [tracker, 'failed', ...Array<string>(columns - 2).fill('-')])
}

/** `mine.h: crashed (SIGSEGV) in the short serial run; not compared`, `mine.h: data races: ...` */
export function ownWords(own: readonly OwnTracker[]): string[] {
  return own.flatMap(({ tracker, faults, ...met }) =>
    [...faults, ...raceWords(met)].map((words) => `${tracker}: ${words}`),
  )
}
