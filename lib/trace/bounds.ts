/** Bounds of the peak in a trace that has lost events. */
import type { Gap } from './scan.js'

/** A mapping's life in positions; undefined: it began before the trace, or did not end in it. */
export interface Life {
  readonly slots: number
  readonly from: number | undefined
  readonly to: number | undefined
}

/**
 * The largest use (slots) that the stretches between the gaps show, each taken as a trace of its
 * own. It is as exact as the positions of the ends: see `peakBounds`.
 */
export function provenPeak(lives: readonly Life[], gaps: readonly Gap[]): number {
  let peak = lives.reduce((most, { slots }) => Math.max(most, slots), 0)
  for (const stretch of stretchesBetween(gaps)) {
    const changes: { at: number; delta: number }[] = []
    for (const { slots, from, to } of lives) {
      const begun = from !== undefined && inside(stretch, from)
      const ended = to !== undefined && inside(stretch, to)
      if (!begun && !ended) continue
      changes.push({ at: begun ? from : stretch.from, delta: slots })
      if (ended) changes.push({ at: to, delta: -slots })
    }
    changes.sort((a, b) => a.at - b.at || a.delta - b.delta)
    let used = 0
    for (const { delta } of changes) {
      used += delta
      peak = Math.max(peak, used)
    }
  }
  return peak
}

function inside({ from, to }: Gap, position: number): boolean {
  return position >= from && position < to
}

function stretchesBetween(gaps: readonly Gap[]): Gap[] {
  const stretches: Gap[] = []
  let from = 0
  for (const gap of [...gaps].sort((a, b) => a.from - b.from)) {
    if (gap.from + 1 > from) stretches.push({ from, to: gap.from + 1 })
    from = Math.max(from, gap.to)
  }
  stretches.push({ from, to: Number.POSITIVE_INFINITY })
  return stretches
}
