/** What a series is made of. */
import { countOf } from '../../data/units.js'
import type { Comparison, FrontierMove, Row } from '../../results/comparison.js'
import { joinWords } from '../words.js'

/** One value of what changes, and the comparison made with it. */
export interface SweepStep {
  readonly value: number
  readonly comparison: Comparison
}

export interface Sweep {
  readonly parameter: 'areas' | 'cpus'
  readonly steps: readonly SweepStep[]
  /** Who leaves the frontier, and who joins it. */
  readonly frontier: readonly FrontierMove[]
}

/** `8 areas`, `1 CPU` */
export const stepName = (parameter: Sweep['parameter'], value: number): string =>
  countOf(value, parameter === 'areas' ? 'area' : 'CPU')

/** `8 areas`, `1 CPU`, `1 and 2 CPUs` */
export function stepNames(parameter: Sweep['parameter'], steps: readonly SweepStep[]): string {
  const unit = parameter === 'areas' ? 'areas' : 'CPUs'
  const [only, ...others] = steps
  if (only && others.length === 0) return stepName(parameter, only.value)
  return `${joinWords(steps.map(({ value }) => String(value)))} ${unit}`
}

export const rowOf = (step: SweepStep, tracker: string): Row | undefined =>
  step.comparison.rows.find((row) => row.tracker === tracker)

/** The rows' names in the order of the steps: one that is not in each step is named all the same. */
export function trackersOf(steps: readonly SweepStep[], which: (row: Row) => boolean): string[] {
  const rows = steps.flatMap(({ comparison }) => comparison.rows)
  return [...new Set(rows.filter(which).map((row) => row.tracker))]
}
