/** What accesses and operations take on this machine. */
import type { LineProbe } from '../../results/line.js'

export interface CalibratePlan {
  readonly kind: 'calibrate'
  readonly rounds: number
  /** Between which lines are moved, as the kernel numbers them. */
  readonly cpus: readonly [number, number]
}

/** How often the virtual engine charges each for one operation. */
export interface NativeCounted {
  readonly own: number
  readonly walk: number
  readonly atomic: number
}

export interface NativeCalibration {
  /** Figures x rounds, in the order of enum lab_figure; the copies come last. NaN: not measured. */
  readonly samples: Float64Array
  readonly copyBytes: readonly number[]
  /** Steps of each delay after which it was looked whether a line was still there. */
  readonly delays: readonly number[]
  /** Sixteen in flight with run counts, with a bitmap; one in flight with run counts. */
  readonly map: readonly NativeCounted[]
  readonly unmap: readonly NativeCounted[]
  /** Before each round, and after the last; null without two CPUs. */
  readonly line: readonly (LineProbe | null)[] | null
  /** Whether each of two threads had a CPU of its own. */
  readonly pinned: boolean
  /** Whether both had a real-time priority. */
  readonly realtime: boolean
}
