/** What was done in a schedule, in words of the allocator's and of the tracker's. */
import type { NativeStep } from '../native/plans/check.js'
import { type Step, stepNames } from '../results/check.js'
import { type Field, fieldAt, placeIn, type Words } from '../tracker-file/words.js'

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

const kindOf = (step: NativeStep): (typeof wordKinds)[number] => wordKinds[step.word] ?? 'other'

/** What the tracker's structures have there; undefined for a word of the allocator's, too. */
function fieldOf(step: NativeStep, words: Words): Field | undefined {
  switch (kindOf(step)) {
    case 'tracker':
      return fieldAt(words.tracker_mem, step.at)
    case 'area':
      return fieldAt(words.tracker_area, step.at)
    case 'cold':
      return fieldAt(words.tracker_cold, step.at)
    default:
      return undefined
  }
}

function wordName(step: NativeStep, field: Field | undefined): string {
  const { at } = step
  const place = field ? placeIn(field, at) : `+0x${at.toString(16)}`
  switch (kindOf(step)) {
    case 'other':
      return 'a word of its own'
    case 'tracker':
      return `t->${place}`
    case 'area':
      return `${areaName(step)}.tracker.${place}`
    case 'cold':
      return `${areaName(step)}.cold.${place}`
    case 'used':
      return `${areaName(step)}.used`
    case 'lock':
      return `${areaName(step)}.lock`
    case 'pools-lock':
      return 'mem->lock'
  }
}

/** The engine tells less than eight bytes without a sign: with that of the word, where all of it was touched. */
function withSign(value: number, bytes: number, field: Field | undefined): number {
  const signed = field?.signed && field.each === bytes
  return signed && value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value
}

/** Those that begin or end something touch no word. */
const ACCESSES = stepNames.indexOf('map')

/** @param words of the tracker's structures; without a name a word is told by its place */
export function stepsOf(steps: readonly NativeStep[], words: Words): Step[] {
  return steps.map((step) => {
    const { cpu, bytes, from } = step
    const touches = step.kind < ACCESSES
    const field = touches ? fieldOf(step, words) : undefined
    // Copied as a whole, it is no number.
    const number = (value: number): number | null =>
      bytes > 8 ? null : told(withSign(value, bytes, field))
    return {
      cpu,
      does: stepNames[step.kind] ?? 'end',
      word: touches ? wordName(step, field) : null,
      bytes,
      before: number(step.before),
      after: number(step.after),
      from,
      place: null,
    }
  })
}
