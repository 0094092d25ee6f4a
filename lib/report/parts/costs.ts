/** The two timings of a comparison, with copies and without, whether measured or predicted. */
import { countOf } from '../../data/units.js'
import type { Comparison } from '../../results/comparison.js'
import type { Ratio } from '../../results/figures.js'
import type { Line } from '../../results/line.js'
import type { Machine } from '../../results/virtual.js'

export interface CostSide {
  /** Of threads, or of virtual CPUs where it was predicted. */
  readonly cpus: number
  readonly predicted: boolean
  readonly copy: boolean
  /** Null where it was not measured. */
  readonly noise: Ratio | null
  /** By the regimes of `line`; undefined where that was not kept. */
  readonly noiseByRegime: readonly (Ratio | null)[] | undefined
  /** How a line moved where it was timed; null where none was looked at. */
  readonly line: Line | null
}

export interface Costs {
  /** As the scenario says. */
  readonly full: CostSide | null
  /** Without copies, where the scenario makes some. */
  readonly bare: CostSide | null
}

export type Costed = Pick<Comparison, 'timing' | 'timingNoCopy'> & {
  readonly machine?: Pick<Machine, 'cpus' | 'copy' | 'noise' | 'noiseNoCopy'> | undefined
}

export function costsOf({ timing, timingNoCopy, machine }: Costed): Costs {
  if (machine) {
    const side = (noise: Ratio | null, copy: boolean): CostSide | null =>
      noise && { cpus: machine.cpus, predicted: true, copy, noise, noiseByRegime: [], line: null }
    return { full: side(machine.noise, machine.copy), bare: side(machine.noiseNoCopy, false) }
  }
  const measured = (one: Comparison['timing']): CostSide | null =>
    one && {
      cpus: one.threads,
      predicted: false,
      copy: one.copy,
      noise: one.noise,
      noiseByRegime: one.noiseByRegime,
      line: one.line,
    }
  return { full: measured(timing), bare: measured(timingNoCopy) }
}

/** What stands above the nanoseconds. */
export function costHeading({ cpus, predicted }: CostSide): string {
  if (predicted) return `ns per map+unmap,\npredicted, ${countOf(cpus, 'CPU')}`
  return `ns per map+unmap,\n${countOf(cpus, 'thread')}`
}
