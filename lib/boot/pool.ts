/** Which pool a kernel makes at boot, step by step: rounding, areas, and what memory allows. */
import { formatBytes, formatSlots, SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'
import { type Family, hasAreas } from './family.js'
import { type Bounce, MOST_SLOTS, type Reading, wholeSegments } from './parameter.js'

/** Slots of the pool where nothing else is said: 64 MiB. */
export const DEFAULT_SLOTS = 32768
/** A pool that cannot be had is halved, but not below this: 1 MiB. */
const LEAST_HALVED_SLOTS = 512
/** Where a pool has to lie below. */
const LOW_MEMORY_BYTES = 4 * 1024 ** 3
/** What a confidential x86 guest takes at most where its command line asks for nothing else: 1 GiB. */
export const CONFIDENTIAL_SLOTS = 524288
/** What a confidential x86 guest takes where its command line asks for nothing else, in words. */
export const CONFIDENTIAL_RULE = '6 % of memory, at least 64 MiB and at most 1 GiB'
/** With fewer CPUs than these a pool of the default size has a segment for each. */
const MANY_CPUS = 256

export interface Machine {
  readonly family: Family
  /** Possible CPUs; null where it is not known. */
  readonly cpus: number | null
  /** Bytes of memory; null where it is not known. */
  readonly memoryBytes: number | null
}

export interface Sizing {
  /** null where it hangs on something that is not known. */
  readonly slots: number | null
  readonly bytes: number | null
  readonly areas: number | null
  /** Each change on the way, in words. */
  readonly steps: readonly string[]
  readonly warnings: readonly string[]
}

/** What a kernel holds after it has read all values of `swiotlb=`. */
export interface Asked {
  readonly slots: number
  /** null until the kernel takes the number of possible CPUs. */
  readonly areas: number | null
  readonly bounce: readonly Bounce[]
  readonly trackHiwater: boolean
  readonly steps: readonly string[]
}

/** `1 slot (2 KiB) becomes 128 slots (256 KiB)` */
const becomes = (from: number, to: number): string =>
  `${formatSlots(from)} ${from === 1 ? 'becomes' : 'become'} ${formatSlots(to)}`

/** Exact for numbers of any size that occurs here, unlike a logarithm. */
function powerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}

const isPowerOfTwo = (n: number): boolean => n > 0 && powerOfTwo(n) === n

/** Up to a segment for each area, and to a power of two. */
function fitAreas(slots: number, areas: number, steps: string[]): number {
  const least = SEGMENT_SLOTS * areas
  if (slots >= least && isPowerOfTwo(slots)) return slots
  const fitted = powerOfTwo(Math.max(slots, least))
  const why =
    slots < least
      ? `${areas} ${areas === 1 ? 'area needs a segment' : 'areas need a segment each'}`
      : 'with areas the pool is a power of two'
  steps.push(`${becomes(slots, fitted)}: ${why}`)
  return fitted
}

function roundAreas(areas: number, steps: string[]): number {
  const rounded = powerOfTwo(Math.max(areas, 1))
  if (rounded !== areas) steps.push(`${areas} areas become ${rounded}: a power of two`)
  return rounded
}

/** Applies the values in their order, each to what those before it left. */
export function applyReadings(readings: readonly Reading[]): Asked {
  const steps: string[] = []
  let slots = DEFAULT_SLOTS
  let areas: number | null = null
  for (const reading of readings) {
    if (reading.slots !== null) {
      slots = wholeSegments(reading.slots)
      if (slots !== reading.slots) {
        const fill = 'a segment is filled up'
        steps.push(`${becomes(reading.slots, slots)}: ${fill}`)
      }
    }
    if (reading.areas !== null) {
      areas = roundAreas(reading.areas, steps)
      slots = fitAreas(slots, areas, steps)
    }
  }
  return {
    slots,
    areas,
    bounce: [...new Set(readings.flatMap(({ bounce }) => bounce ?? []))],
    trackHiwater: readings.some(({ trackHiwater }) => trackHiwater),
    steps,
  }
}

/** The rule of confidential x86 guests: 6 % of memory, at least 64 MiB, at most 1 GiB. */
function confidentialSlots(memoryBytes: number): number {
  const share = Math.floor((memoryBytes * 6) / 100)
  const bytes = Math.min(
    Math.max(share, DEFAULT_SLOTS * SLOT_BYTES),
    CONFIDENTIAL_SLOTS * SLOT_BYTES,
  )
  return wholeSegments(Math.floor(Math.ceil(bytes / SLOT_BYTES)))
}

/** What halving leaves when a pool of so many slots cannot be had. */
const halved = (slots: number): number => wholeSegments(Math.floor(slots / 2))

interface Fitted {
  readonly slots: number
  readonly steps: readonly string[]
  readonly warnings: readonly string[]
}

/** Memory below 4 GiB bounds the pool; how much of it is free at boot cannot be known from here. */
function fitMemory(slots: number, { family, memoryBytes }: Machine): Fitted {
  const bytes = slots * SLOT_BYTES
  const low = Math.min(memoryBytes ?? LOW_MEMORY_BYTES, LOW_MEMORY_BYTES)
  const what =
    memoryBytes === null || memoryBytes >= LOW_MEMORY_BYTES
      ? 'below 4 GiB (where it lies on most machines)'
      : 'there is'
  if (bytes < low / 2) return { slots, steps: [], warnings: [] }
  if (bytes < low) {
    const then =
      family === '5.15' ? 'then there is no pool at all' : 'then the kernel halves it until it fits'
    return {
      slots,
      steps: [],
      warnings: [
        `${formatBytes(bytes)} in one piece is much of the memory ${what} (${formatBytes(low)} at most, ` +
          `less what devices, firmware and the kernel take): it may not be had, and ${then}`,
      ],
    }
  }
  if (family === '5.15') {
    const step = `${formatBytes(bytes)} in one piece is more than the memory ${what}: there is no pool`
    return { slots: 0, steps: [step], warnings: [] }
  }
  let fitting = slots
  while (fitting * SLOT_BYTES >= low && fitting > LEAST_HALVED_SLOTS) fitting = halved(fitting)
  return {
    slots: fitting,
    steps: [
      `${formatBytes(bytes)} in one piece is more than the memory ${what}: halved until it fits, at ` +
        `most ${formatSlots(fitting)}`,
    ],
    warnings:
      family === '6.0'
        ? ['Linux 6.0 itself does not halve and has no pool then; its later updates and 6.1 halve']
        : [],
  }
}

const NONE: Sizing = { slots: 0, bytes: 0, areas: 0, steps: [], warnings: [] }

/**
 * The pool of a machine that was asked for so much. `confidential`: as a guest with encrypted memory
 * (SEV, TDX), of which memory must be known.
 */
export function sizePool(asked: Asked, machine: Machine, confidential = false): Sizing {
  const { family, cpus, memoryBytes } = machine
  const steps: string[] = []
  const warnings: string[] = []
  if (asked.bounce.includes('noforce')) {
    return { ...NONE, steps: ['noforce: no pool is made'] }
  }
  let { slots } = asked
  if (confidential && slots === DEFAULT_SLOTS) {
    if (memoryBytes === null) return { ...NONE, slots: null, bytes: null, areas: null }
    slots = confidentialSlots(memoryBytes)
    steps.push(
      `a confidential VM of ${formatBytes(memoryBytes)} takes 6 % of it, at least 64 MiB and at most ` +
        `1 GiB: ${formatSlots(slots)}`,
    )
    if (asked.areas !== null) slots = fitAreas(slots, asked.areas, steps)
  }
  let { areas } = asked
  if (!hasAreas(family)) {
    areas = 1
  } else if (areas === null) {
    if (cpus === null) {
      if (!isPowerOfTwo(slots)) {
        const fitted = powerOfTwo(Math.max(slots, SEGMENT_SLOTS))
        steps.push(`${becomes(slots, fitted)}: with areas the pool is a power of two`)
        slots = fitted
      }
      const cpusServed = slots / SEGMENT_SLOTS
      if (cpusServed < MANY_CPUS) {
        warnings.push(
          'without a number of areas there is one for each possible CPU, rounded up to a power of two, ' +
            `and each takes a segment of ${formatBytes(SEGMENT_SLOTS * SLOT_BYTES)}: on more than ` +
            `${cpusServed} ${cpusServed === 1 ? 'CPU' : 'CPUs'} the pool is larger than this`,
        )
      }
    } else {
      areas = roundAreas(cpus, steps)
      slots = fitAreas(slots, areas, steps)
    }
  }
  if (slots === 0) {
    warnings.push('0 slots: what this kernel makes of that is not known here')
    return { slots: null, bytes: null, areas: null, steps, warnings }
  }
  if (family === '6.0' && slots < LEAST_HALVED_SLOTS) {
    warnings.push(
      `Linux 6.0 itself stops at boot with less than ${formatSlots(LEAST_HALVED_SLOTS)}; later updates ` +
        'and 6.1 do not',
    )
  }
  const fitted = fitMemory(slots, machine)
  steps.push(...fitted.steps)
  warnings.push(...fitted.warnings)
  // An area is never less than a segment.
  if (areas !== null && fitted.slots < areas * SEGMENT_SLOTS && hasAreas(family)) {
    areas = Math.floor(fitted.slots / SEGMENT_SLOTS)
  }
  if (slots >= MOST_SLOTS) {
    warnings.push(
      `the number of slots is beyond any memory: from ${MOST_SLOTS} on numbers are not told apart here`,
    )
  }
  return {
    slots: fitted.slots,
    bytes: fitted.slots * SLOT_BYTES,
    areas: fitted.slots === 0 ? 0 : areas,
    steps,
    warnings,
  }
}
