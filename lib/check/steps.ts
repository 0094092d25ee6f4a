/** What was done in a schedule, in words of the allocator's and of the tracker's. */
import type { NativeStep } from '../native/plans/check.js'
import { type Step, stepNames } from '../results/check.js'
import { fieldAt, type Words } from '../tracker-file/words.js'

/** A word that holds more holds no count: it may be an address, which is another one each time. */
const MOST = 2 ** 40

const told = (value: number): number | null => (Math.abs(value) < MOST ? value : null)

/** enum swiotlb_word_kind */
const wordKinds = ['other', 'tracker', 'area', 'cold', 'used', 'lock', 'pools-lock'] as const

/** Shorter for the pool that was there from the beginning, in which most is. */
function areaName({ pool, area }: NativeStep): string {
  if (pool === 0) return `area[${area}]`
  return pool < 0 ? `transient.area[${area}]` : `pool[${pool}].area[${area}]`
}

function wordName(step: NativeStep, words: Words): string {
  const { at } = step
  const plain = `+0x${at.toString(16)}`
  switch (wordKinds[step.word] ?? 'other') {
    case 'other':
      return 'a word of its own'
    case 'tracker':
      return `t->${fieldAt(words.tracker_mem, at) ?? plain}`
    case 'area':
      return `${areaName(step)}.tracker.${fieldAt(words.tracker_area, at) ?? plain}`
    case 'cold':
      return `${areaName(step)}.cold.${fieldAt(words.tracker_cold, at) ?? plain}`
    case 'used':
      return `${areaName(step)}.used`
    case 'lock':
      return `${areaName(step)}.lock`
    case 'pools-lock':
      return 'mem->lock'
  }
}

/** Those that begin or end something touch no word. */
const ACCESSES = stepNames.indexOf('map')

/** @param words of the tracker's structures; without a name a word is told by its place */
export function stepsOf(steps: readonly NativeStep[], words: Words): Step[] {
  return steps.map((step) => {
    const { cpu, bytes, from } = step
    return {
      cpu,
      does: stepNames[step.kind] ?? 'end',
      word: step.kind < ACCESSES ? wordName(step, words) : null,
      bytes,
      // Copied as a whole, it is no number.
      before: bytes > 8 ? null : told(step.before),
      after: bytes > 8 ? null : told(step.after),
      from,
      place: null,
    }
  })
}
