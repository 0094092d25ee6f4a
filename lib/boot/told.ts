/** What a command line asks of swiotlb, what of it a kernel drops, and the pool that it gives. */
import { countOf, SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'
import { type CommandLine, swiotlbValues } from './command-line.js'
import { type Family, families, familyWords, hasAreas } from './family.js'
import { meantBy } from './meant.js'
import { type Bounce, MOST_SLOTS, type Reading, readParameter } from './parameter.js'
import {
  type Asked,
  applyReadings,
  DEFAULT_SLOTS,
  type Machine,
  type Sizing,
  sizePool,
} from './pool.js'

/** Text of `swiotlb=` that a kernel does not take, and why. */
export interface Dropped {
  /** The part of the value that this kernel never looks at. */
  readonly text: string
  readonly why: string
  /** What was probably meant, as this kernel would read it; null where nothing can be guessed. */
  readonly meant: string | null
}

/** One `swiotlb=`, as a kernel reads it. */
export interface ReadValue {
  readonly value: string
  /** As written, before rounding; null where the kernel finds no number. */
  readonly slots: number | null
  readonly areas: number | null
  readonly bounce: Bounce | null
  readonly trackHiwater: boolean
  readonly dropped: Dropped | null
  /** Whether it says nothing at all to this kernel. */
  readonly ignored: boolean
}

/** A pool as a kernel makes it; null for what hangs on the machine, `slots` of 2 KiB. */
export interface Pool {
  readonly slots: number | null
  readonly bytes: number | null
  readonly areas: number | null
  /** Each change on the way, in words. */
  readonly steps: readonly string[]
}

/** The same on a machine of so many CPUs. */
export interface PoolByCpus extends Pool {
  readonly cpus: number
}

/** What one gets by a command line. */
export interface Told {
  readonly kernel: Family
  /** The command line, or the value alone. */
  readonly text: string
  readonly cpus: number | null
  readonly memoryBytes: number | null
  /** Each `swiotlb=`, in its order; a later one overrides a number of one before it. */
  readonly values: readonly ReadValue[]
  readonly bounce: Bounce | null
  readonly trackHiwater: boolean
  /** Slots asked for before areas and memory are looked at; the default where none is asked. */
  readonly askedSlots: number
  /** The pool; its numbers are null where they hang on the CPUs and these are not known. */
  readonly pool: Pool
  /** The pool on 1, 8 and 64 CPUs where their number is not known. */
  readonly byCpus: readonly PoolByCpus[]
  /** The pool of a confidential x86 guest, where the size is left to the kernel and memory is known. */
  readonly confidential: Pool | null
  /** How to ask for this pool outright; null where no size was asked for, or it is not known. */
  readonly parameter: string | null
  /**
   * The same for a confidential x86 guest, to which 32768 slots are none; null where none gives it, and
   * where that hangs on the CPUs and these are not known.
   */
  readonly confidentialParameter: string | null
  /** Then the number of CPUs on which one gives it, and how; null where none does, or it is known. */
  readonly confidentialByCpus: { readonly cpus: number; readonly parameter: string } | null
  readonly warnings: readonly string[]
}

const SOME_CPUS = [1, 8, 64] as const

/** Why a kernel does not look at the rest of a value, and what may have been meant. */
function whyDropped(reading: Reading, family: Family): string {
  const { dropped, slots } = reading
  const unit = /^([kmgt])(?:i?b)?(?![a-z])/i.exec(dropped)?.[1]?.toUpperCase()
  if (unit !== undefined && slots !== null && slots > 0) {
    const size = `${slots}${unit}`
    return `the number is one of slots of 2 KiB and takes no unit: ${size} as bytes would be ${countOf(wantedSlots(slots, unit), 'slot')}`
  }
  if (/swiotlb=/.test(dropped)) {
    return 'a second swiotlb= needs a blank in front and no comma; a word in front of a number hides it, too'
  }
  if (/(^|,)track_hiwater/.test(dropped)) {
    return family === '7.3'
      ? 'track_hiwater goes last, directly behind a comma'
      : `${familyWords[family]} does not know track_hiwater, and then drops all words behind the numbers`
  }
  if (/(^|,)\d/.test(dropped)) {
    if (!hasAreas(family) && /^\d/.test(dropped)) {
      return `${familyWords[family]} knows no areas, and then drops all behind them`
    }
    return 'the order is slots, areas, force or noforce: a number behind a word is not read'
  }
  if (reading.trackHiwater) return 'track_hiwater goes last: nothing behind it is read'
  if (/^(?:no)?force./.test(dropped)) {
    return `before Linux 7.3 nothing may stand behind the word, or it is not read itself`
  }
  if (/(^|,)(no)?force/.test(dropped)) {
    return 'the order is slots, areas, force or noforce: what stands in front of the word is not understood'
  }
  return 'it is no number and no known word'
}

function wantedSlots(count: number, unit: string): number {
  const power = 'KMGT'.indexOf(unit) + 1
  return Math.ceil((count * 1024 ** power) / SLOT_BYTES)
}

function readValue(value: string, family: Family): ReadValue & { readonly reading: Reading } {
  const reading = readParameter(value, family)
  const { slots, areas, bounce, trackHiwater, dropped } = reading
  return {
    ...{ value, slots, areas, bounce, trackHiwater, reading },
    dropped:
      dropped === ''
        ? null
        : { text: dropped, why: whyDropped(reading, family), meant: meantBy(value, family) },
    ignored: slots === null && areas === null && bounce === null && !trackHiwater,
  }
}

const poolOf = ({ slots, bytes, areas, steps }: Sizing): Pool => ({ slots, bytes, areas, steps })

/** Families that read the values otherwise than this one, in words. */
function otherFamilies(values: readonly string[], family: Family): string[] {
  const key = (one: Family) =>
    JSON.stringify(
      values.map((value) => {
        const { slots, areas, bounce, trackHiwater } = readParameter(value, one)
        return [slots, areas, bounce, trackHiwater]
      }),
    )
  const others = new Map<string, string[]>()
  for (const one of families) {
    if (one === family || key(one) === key(family)) continue
    const how = values.map((value) => readingWords(value, one)).join('; ')
    others.set(how, [...(others.get(how) ?? []), familyWords[one]])
  }
  return [...others].map(([how, names]) => `${names.join(', ')} would read it otherwise: ${how}`)
}

/** Numbers beyond any memory are told apart no more. */
const orMore = (n: number, words: string): string => (n < MOST_SLOTS ? words : `${words} or more`)

/** What was read of a value, part by part. */
export const readingParts = (
  {
    slots,
    areas,
    bounce,
    trackHiwater,
  }: Pick<ReadValue, 'slots' | 'areas' | 'bounce' | 'trackHiwater'>,
  slotsWords: (slots: number) => string,
): string[] => [
  ...(slots === null ? [] : [orMore(slots, slotsWords(slots))]),
  ...(areas === null ? [] : [orMore(areas, countOf(areas, 'area'))]),
  ...(bounce === null ? [] : [bounce]),
  ...(trackHiwater ? ['track_hiwater'] : []),
]

/** What a family reads of one value, and what it drops. */
function readingWords(value: string, family: Family): string {
  const { dropped, ...reading } = readParameter(value, family)
  const read = readingParts(reading, (slots) => countOf(slots, 'slot'))
  const words = read.length === 0 ? 'nothing' : read.join(', ')
  return dropped === '' ? words : `${words}, and "${dropped}" is dropped`
}

const otherWarnings = ({ forInit }: CommandLine, family: Family): string[] => [
  ...forInit.map(
    (value) => `swiotlb=${value} stands behind -- and is for init: no kernel reads it`,
  ),
  ...(family === '7.3' ? ['Linux 7.3 can be built with another default size than 64 MiB'] : []),
]

/** With less memory nothing lies above 4 GiB, unless memory is to be plugged in later. */
const SURELY_LOW_BYTES = 3 * 1024 ** 3

const lowMemory = ({ bounce }: Asked, { memoryBytes }: Machine): string[] =>
  memoryBytes === null || memoryBytes > SURELY_LOW_BYTES || bounce.length > 0
    ? []
    : [
        'with all memory below 4 GiB a kernel on x86 makes no pool, unless it is forced or in a confidential VM',
      ]

/** How to ask for this pool; areas are named where a kernel knows them. */
function writeParameter(
  pool: Pool,
  bounce: Bounce | null,
  trackHiwater: boolean,
  family: Family,
): string | null {
  if (pool.slots === null || pool.slots === 0) return null
  const areas = hasAreas(family) && pool.areas !== null ? [`${pool.areas}`] : []
  const last = trackHiwater ? ['track_hiwater'] : []
  return `swiotlb=${[`${pool.slots}`, ...areas, ...(bounce ? [bounce] : []), ...last].join(',')}`
}

/** Without areas this many slots are made the default number only after a confidential VM has looked. */
const NEARLY_DEFAULT_SLOTS = DEFAULT_SLOTS - SEGMENT_SLOTS

/** How a confidential guest is asked for a pool, which takes the default number of slots for none. */
function confidentialParameter(
  pool: Pool,
  asked: Asked,
  machine: Machine,
  parameter: string | null,
): string | null {
  if (pool.slots !== DEFAULT_SLOTS || parameter === null) return parameter
  const made = sizePool({ ...asked, slots: NEARLY_DEFAULT_SLOTS, areas: null }, machine)
  if (made.slots !== pool.slots || made.areas !== pool.areas) return null
  return parameter.replace(/=\d+(?:,\d+)?/, `=${NEARLY_DEFAULT_SLOTS}`)
}

/** On how many CPUs a number gives the areas that were asked for, where the CPUs are not known. */
function confidentialByCpus(
  pool: Pool,
  asked: Asked,
  machine: Machine,
  parameter: string | null,
): Told['confidentialByCpus'] {
  const { areas } = pool
  if (machine.cpus !== null || areas === null) return null
  if (confidentialParameter(pool, asked, machine, parameter) !== null) return null
  const on = confidentialParameter(pool, asked, { ...machine, cpus: areas }, parameter)
  return on === null ? null : { cpus: areas, parameter: on }
}

/** What a kernel makes of a command line on a machine. */
export function told(line: CommandLine, machine: Machine): Told {
  const { family, cpus, memoryBytes } = machine
  const texts = swiotlbValues(line)
  const read = texts.map((value) => readValue(value, family))
  const asked = applyReadings(read.map(({ reading }) => reading))
  const sizing = sizePool(asked, machine)
  const pool = { ...poolOf(sizing), steps: [...asked.steps, ...sizing.steps] }
  const open = hasAreas(family) && cpus === null && asked.areas === null
  const byCpus = !open
    ? []
    : SOME_CPUS.map((n) => ({ cpus: n, ...poolOf(sizePool(asked, { ...machine, cpus: n })) }))
  const differ = byCpus.some(({ slots }) => slots !== byCpus[0]?.slots)
  const left = asked.slots === DEFAULT_SLOTS && !asked.bounce.includes('noforce')
  const confidential = left && memoryBytes !== null ? sizePool(asked, machine, true) : null
  // Both can be said, in two values: noforce keeps the kernel from making a pool.
  const bounce = asked.bounce.includes('noforce') ? 'noforce' : (asked.bounce[0] ?? null)
  const asGiven = read.some(({ slots }) => slots !== null)
  const parameter = asGiven ? writeParameter(pool, bounce, asked.trackHiwater, family) : null
  return {
    kernel: family,
    text: line.text,
    cpus,
    memoryBytes,
    values: read.map(({ reading: _, ...value }) => value),
    bounce,
    trackHiwater: asked.trackHiwater,
    askedSlots: asked.slots,
    pool: differ ? { ...pool, slots: null, bytes: null } : pool,
    byCpus,
    confidential: confidential && poolOf(confidential),
    parameter,
    confidentialParameter: confidentialParameter(pool, asked, machine, parameter),
    confidentialByCpus: confidentialByCpus(pool, asked, machine, parameter),
    warnings: [
      ...sizing.warnings,
      ...otherFamilies(texts, family),
      ...(left && asGiven
        ? [
            'in a confidential VM 32768 slots count as not given: the kernel takes 6 % of memory instead',
          ]
        : []),
      ...otherWarnings(line, family),
      ...lowMemory(asked, machine),
    ],
  }
}

/**
 * How a confidential guest (SEV, TDX) is asked for a pool whose number it takes for none, in words; empty
 * where it takes the same line as any other machine, and where there is none.
 */
export function confidentialWays(told: Told): string {
  const { kernel, pool, parameter, confidentialParameter, confidentialByCpus: byCpus } = told
  if (parameter === null || confidentialParameter === parameter) return ''
  // With areas the pool is a power of two, without them whole segments; all else stays as it was asked.
  const slots = pool.slots ?? 0
  const larger = parameter.replace(
    /=\d+/,
    `=${hasAreas(kernel) ? 2 * slots : slots + SEGMENT_SLOTS}`,
  )
  if (confidentialParameter !== null) {
    return `only as ${confidentialParameter}, with an area for each possible CPU; or take ${larger}`
  }
  return byCpus
    ? `on ${countOf(byCpus.cpus, 'CPU')} ${byCpus.parameter}, with an area for each; or take ${larger}`
    : `no number gives it; the next larger pool is ${larger}`
}
