/** Bounds of the peak in a trace that has lost events. */
import type { Gaps } from '../events/gaps.js'
import { slotsAt } from '../slots.js'
import type { StepFile } from '../steps/file.js'
import { type Step, StepKind } from '../steps/step.js'

/**
 * The largest use (slots) that the stretches between the gaps show, each taken as a trace of its
 * own: of the mappings that are seen to end, from their dma event on, since the count above it
 * comes earlier. A mapping that lives through all of a stretch is not seen in it.
 *
 * From the last step to the first, so that each end is known before its begin.
 */
export function* provenPeak(
  file: StepFile,
  inPool: (step: Readonly<Step>) => boolean,
  gaps: Gaps,
): Generator<void, number> {
  /** Those that are seen to end: slots, and in which stretch. */
  const ended = new Map<number, { readonly slots: number; readonly stretch: number }>()
  let now = Number.NaN
  let after = 0
  let highest = 0
  let beyond = 0
  let peak = 0
  yield* file.visit((step) => {
    const stretch = gaps.stretchOf(step.at)
    if (stretch !== now) {
      peak = Math.max(peak, beyond + highest)
      now = stretch
      after = 0
      highest = 0
      beyond = 0
    }
    if (step.kind === StepKind.mapped) {
      const life = ended.get(step.id)
      if (!life) return
      ended.delete(step.id)
      if (stretch < 0) return
      // In use from here to the end of the stretch, if it did not end before.
      if (life.stretch !== stretch) beyond += life.slots
      after -= life.slots
    } else if (isSeenEnd(step) && inPool(step)) {
      const slots = slotsAt(Number.isNaN(step.bus) ? 0 : step.bus, step.size)
      peak = Math.max(peak, slots)
      if (step.kind === StepKind.unmap) ended.set(step.id, { slots, stretch })
      if (stretch >= 0) after += slots
    }
    highest = Math.max(highest, after)
  }, true)
  return Math.max(peak, beyond + highest)
}

function isSeenEnd({ kind, unseen }: Readonly<Step>): boolean {
  return kind === StepKind.unmapBefore || (kind === StepKind.unmap && !unseen)
}
