/** Joins each swiotlb_bounced with the dma event of the same map, which comes after the copy. */
import type { Segment, TraceEvent } from './events.js'
import { FAILED_ADDRESS } from './fields.js'
import type { Gap, Scan } from './scan.js'

/** What became of the swiotlb_bounced events; all numbers are positions (indices of events). */
export interface Bounces {
  /** Where a segment was bounced. */
  readonly of: ReadonlyMap<Segment, number>
  /** The bounces of segments that a cut list does not show, by the list's position. */
  readonly hidden: ReadonlyMap<number, readonly number[]>
  /** Bounces that no map followed: those maps failed. */
  readonly failed: readonly number[]
  /** All of them. */
  readonly count: number
}

/** Without tasks in the trace, a map that follows its bounce later than this is another one. */
const ANONYMOUS_DISTANCE = 64

export function joinBounces(scan: Scan): Bounces {
  const of = new Map<Segment, number>()
  const hidden = new Map<number, number[]>()
  const failed: number[] = []
  const waiting = new Map<string, number[]>()
  const pending = new Set<number>()
  const lastWork = new Map<string, number>()
  let count = 0
  scan.events.forEach((event, position) => {
    if (event.kind === 'bounced') {
      count++
      const key = keyOf(event, event)
      const stack = waiting.get(key)
      if (stack) stack.push(position)
      else waiting.set(key, [position])
      pending.add(position)
      lastWork.set(event.thread, position)
    } else if (event.kind === 'map' || event.kind === 'map-list') {
      lastWork.set(event.thread, position)
      // The latest bounce that fits: earlier ones belong to maps that failed.
      for (const segment of event.segments.toReversed()) {
        const bounce = waiting.get(keyOf(event, segment))?.pop()
        if (bounce === undefined) continue
        pending.delete(bounce)
        if (segment.bus === FAILED_ADDRESS) failed.push(bounce)
        else of.set(segment, bounce)
      }
      if (event.kind === 'map-list' && event.hidden > 0) {
        const found = hiddenBounces(scan.events, pending, event, position)
        for (const bounce of found) pending.delete(bounce)
        hidden.set(position, found)
      }
    }
  })
  for (const bounce of pending) {
    const last = lastWork.get((scan.events[bounce] as TraceEvent).thread) ?? 0
    const inFlight = last - bounce <= (scan.hasContext ? 0 : ANONYMOUS_DISTANCE)
    if (!inFlight && !nearGap(scan.gaps, bounce)) failed.push(bounce)
  }
  return { of, hidden, failed: failed.sort((a, b) => a - b), count }
}

function keyOf(
  event: { readonly thread: string; readonly device: string },
  { orig, size }: { readonly orig: number; readonly size: number },
): string {
  return `${event.thread} ${event.device} ${orig} ${size}`
}

/* The segments behind the end of a cut list were bounced last. */
function hiddenBounces(
  events: readonly TraceEvent[],
  pending: ReadonlySet<number>,
  list: TraceEvent & { readonly kind: 'map-list' },
  position: number,
): number[] {
  const found: number[] = []
  for (const bounce of [...pending].reverse()) {
    const event = events[bounce]
    if (event?.kind !== 'bounced' || bounce > position) continue
    if (event.thread === list.thread && event.device === list.device) found.push(bounce)
    if (found.length === list.hidden) break
  }
  return found
}

function nearGap(gaps: readonly Gap[], position: number): boolean {
  return gaps.some((gap) => position >= gap.from && position <= gap.to)
}
