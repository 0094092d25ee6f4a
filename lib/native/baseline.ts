/** What a tracker is measured against: an `off` with areas as large as its own. */
import type { AnyTracker, Layout } from '../results/variant.js'
import { addon } from './addon.js'
import { nativeLayout } from './layout.js'

/** An `off` with larger areas, which trackers with such areas are measured against. */
export interface Baseline {
  /** What nativeVariant() takes. */
  readonly number: number
  /** From one area to the next. */
  readonly areaBytes: number
  /** Of `off` itself. */
  readonly offAreaBytes: number
  /** That made it, where it is another than that of `off` itself; else null. */
  readonly compiler: string | null
}

const askBaseline = (name: AnyTracker, layout: Layout) =>
  addon().baseline(addon().trackers().indexOf(name), nativeLayout(layout))

/** Bytes from one area of a tracker to the next. */
export function areaBytesOf(name: AnyTracker, layout: Layout): number {
  return askBaseline(name, layout)[1]
}

/**
 * What a tracker is measured against: the larger an area, the fewer share a cache line, whatever the
 * tracker does, so the sizes are alike. Null for `off` itself.
 */
export function baselineOf(name: AnyTracker, layout: Layout): Baseline | null {
  const [number, areaBytes, compiler] = askBaseline(name, layout)
  const [plain, offAreaBytes, ours] = askBaseline('off', layout)
  if (number === plain) return null
  return { number, areaBytes, offAreaBytes, compiler: compiler === ours ? null : compiler }
}

/** Each once. */
export function distinct(baselines: readonly (Baseline | null)[]): Baseline[] {
  const found = new Map(baselines.flatMap((one) => (one ? [[one.number, one]] : [])))
  return [...found.values()]
}
