/** What a series is made of. */
import type { Comparison, Row } from '../../results/comparison.js'

/** One value of what changes, and the comparison made with it. */
export interface SweepStep {
  readonly value: number
  readonly comparison: Comparison
}

export interface Sweep {
  readonly parameter: 'areas' | 'cpus'
  readonly steps: readonly SweepStep[]
}

export const rowOf = (step: SweepStep, tracker: string): Row | undefined =>
  step.comparison.rows.find((row) => row.tracker === tracker)

/** The rows' names in the order of the steps: one that is not in each step is named all the same. */
export function trackersOf(steps: readonly SweepStep[], which: (row: Row) => boolean): string[] {
  const rows = steps.flatMap(({ comparison }) => comparison.rows)
  return [...new Set(rows.filter(which).map((row) => row.tracker))]
}
