/** Trackers of the user's own: the rows of those that could not be compared, and what is wrong. */
import type { OwnTracker } from '../own/types.js'

/** @param columns of the table */
export function refusedLines(own: readonly OwnTracker[], columns: number): string[][] {
  return own
    .filter(({ compared }) => !compared)
    .map(({ tracker }) => [tracker, 'failed', ...Array<string>(columns - 2).fill('-')])
}

/** `mine.h: crashed (SIGSEGV) in the short serial run; not compared` */
export function faultWords(own: readonly OwnTracker[]): string[] {
  return own.flatMap(({ tracker, faults }) => faults.map((fault) => `${tracker}: ${fault}`))
}
