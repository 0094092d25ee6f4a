/** What each CPU did in a schedule, in the order in which it was done: only what matters of it. */
import { countOf, slotWords } from '../../data/units.js'
import type { Finding, Place, Step, StepName } from '../../results/check.js'
import { accessWords } from './check.js'

/** One thing that was done. */
export interface AccountRow {
  /** `CPU 1`, `reader` */
  readonly who: string
  /** `lost-mark.h:19`; empty where no line is known. */
  readonly at: string
  readonly what: string
}

/** A schedule as a reader follows it. */
export interface Account {
  readonly rows: readonly AccountRow[]
  /** Who does something in it: CPUs first. */
  readonly who: readonly string[]
  /** The lines of the tracker's files that are named in it, each once. */
  readonly lines: readonly Place[]
  /** What is not in it, a sentence each. */
  readonly leftOut: readonly string[]
}

type Told = Pick<Finding, 'cpus' | 'steps' | 'stepsCut'>

/** What those behind the CPUs do; enum schedule_role of the engine. */
const roles = ['switch', 'sampler', 'growth', 'reset', 'tolerance', 'reader'] as const

const whoIs = (cpu: number, cpus: number): string =>
  cpu < cpus ? `CPU ${cpu}` : (roles[cpu - cpus] ?? `CPU ${cpu}`)

const WRITES: ReadonlySet<StepName> = new Set(['write', 'atomic', 'exchange'])
const LOCKS: ReadonlySet<StepName> = new Set(['lock', 'unlock', 'refused'])
const READINGS: Readonly<Partial<Record<StepName, string>>> = {
  'read-used': 'used',
  'read-mark': 'the mark',
  'read-certain': 'certain',
}

/** Its order is in the order of what it keeps apart, and the allocator's are many. */
const isAllocatorLock = (word: string): boolean =>
  word === 'mem->lock' || /(?:^|\.)area\[\d+\]\.lock$/.test(word)

const isUsed = (word: string): boolean => /(?:^|\.)area\[\d+\]\.used$/.test(word)

/** Words by which the CPUs of a schedule can meet, or get in each other's way. */
function sharedWords(steps: readonly Step[]): Set<string> {
  const touched = new Map<string, { readonly cpus: Set<number>; written: boolean }>()
  for (const { word, cpu, does } of steps) {
    if (word === null) continue
    const known = touched.get(word) ?? { cpus: new Set<number>(), written: false }
    known.cpus.add(cpu)
    known.written ||= does !== 'read'
    touched.set(word, known)
  }
  return new Set(
    [...touched].flatMap(([word, { cpus, written }]) => (cpus.size > 1 && written ? [word] : [])),
  )
}

/** Of the accesses those that a reader must see. */
function mattering(steps: readonly Step[]): (step: Step) => boolean {
  const shared = sharedWords(steps)
  const stuck = new Set(steps.flatMap(({ does, word }) => (does === 'stuck' ? [word] : [])))
  const meets = [...shared].some((word) => !isUsed(word) && !isAllocatorLock(word))
  return ({ word, does }) => {
    if (word === null || stuck.has(word)) return true
    if (isAllocatorLock(word)) return false
    // The moment at which a map or an unmap takes effect.
    if (isUsed(word) && WRITES.has(does)) return true
    return meets ? shared.has(word) : shared.has(word) || WRITES.has(does)
  }
}

const atWords = (place: Place | null): string => (place ? `${place.file}:${place.line}` : '')

const change = ({ before, after }: Step): string =>
  before === null || after === null ? '' : ` ${before} -> ${after}`

function accessText(step: Step, cpus: number): string {
  const { does, word, before } = step
  const holder = before === null || before < 0 ? '' : whoIs(before, cpus)
  switch (does) {
    case 'read':
      return `read ${word}${before === null ? '' : `: ${before}`}`
    case 'write':
      // The allocator's, and the one that it makes of these words.
      return isUsed(word ?? '') ? `${word}${change(step)}` : `write ${word}${change(step)}`
    case 'atomic':
      return `atomic ${word}${change(step)}`
    case 'exchange':
      return `cmpxchg ${word}${change(step)}`
    case 'refused':
      return `trylock ${word}: held by ${holder}`
    case 'stuck':
      return `waits for ever for ${word}${holder && `, held by ${holder}`}`
    default:
      return `${does} ${word}`
  }
}

function beginText({ does, before }: Step): string {
  const slots = countOf(before ?? 0, 'slot')
  switch (does) {
    case 'map':
    case 'unmap':
      return `${does} of ${slots}`
    case 'tolerance':
      return `tolerance set to ${slots}`
    case 'reset':
      return 'reset of the mark'
    case 'grow':
      return 'growth work'
    case 'turn-on':
      return 'tracker turned on'
    case 'turn-off':
      return 'tracker turned off'
    case 'look':
      return 'look of the sampler'
    default:
      return `asks for ${READINGS[does] ?? does}`
  }
}

/** Of what began with `begun`; undefined where it says nothing new. */
function endText(begun: StepName | undefined, got: number | null): string | undefined {
  if (begun === 'map') return got === 0 ? 'no room: the map failed' : undefined
  const reading = begun === undefined ? undefined : READINGS[begun]
  // What nobody knows is -1 there.
  if (reading === undefined || got === null) return undefined
  return `${reading}: ${got === -1 && begun === 'read-certain' ? 'nothing known' : slotWords(got)}`
}

/** The same access again and again, as of a loop that only reads, is one row. */
function together(rows: readonly AccountRow[]): AccountRow[] {
  const joined: (AccountRow & { times: number })[] = []
  for (const row of rows) {
    const last = joined.at(-1)
    if (last && last.who === row.who && last.at === row.at && last.what === row.what) last.times++
    else joined.push({ ...row, times: 1 })
  }
  return joined.map(({ who, at, what, times }) => {
    return { who, at, what: times > 1 ? `${what} (${times} times)` : what }
  })
}

/** So many rows a reader follows; of more the first and the last. */
const FIRST = 40
const LAST = 20

function leftOutOf(hidden: readonly Step[], rows: number, cut: boolean): string[] {
  const accesses = hidden.filter(({ does }) => !LOCKS.has(does)).length
  const locks = hidden.length - accesses
  const all = [
    ...(accesses > 0 ? [accessWords(accesses, 'access')] : []),
    ...(locks > 0 ? [`${countOf(locks, 'step')} with locks`] : []),
  ]
  return [
    ...(all.length > 0
      ? [`Left out: ${all.join(' and ')}, where no two CPUs meet or which are the allocator's.`]
      : []),
    ...(rows > FIRST + LAST ? [`Left out in the middle: ${rows - FIRST - LAST} rows.`] : []),
    ...(cut ? ['It went on; no more was kept.'] : []),
  ]
}

/** Undefined where nothing was told of the steps, as by an earlier version. */
export function accountOf({ cpus, steps, stepsCut }: Told): Account | undefined {
  if (steps.length === 0) return undefined
  const matters = mattering(steps)
  const begun = new Map<number, StepName>()
  const hidden: Step[] = []
  const lines = new Map<string, Place>()
  const all: AccountRow[] = []
  for (const step of steps) {
    const { cpu, does, word, place, before } = step
    let what: string | undefined
    if (word !== null) {
      if (matters(step)) what = accessText(step, cpus)
      else hidden.push(step)
    } else if (does === 'end') {
      what = endText(begun.get(cpu), before)
    } else {
      begun.set(cpu, does)
      what = beginText(step)
    }
    if (what === undefined) continue
    const at = atWords(place)
    all.push({ who: whoIs(cpu, cpus), at, what })
    if (place) lines.set(at, place)
  }
  const rows = together(all)
  const who = [...new Set(steps.map(({ cpu }) => cpu))]
    .sort((a, b) => a - b)
    .map((cpu) => whoIs(cpu, cpus))
  return {
    rows: rows.length > FIRST + LAST ? [...rows.slice(0, FIRST), ...rows.slice(-LAST)] : rows,
    who: who.filter((name) => rows.some((row) => row.who === name)),
    lines: [...lines.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line),
    leftOut: leftOutOf(hidden, rows.length, stepsCut),
  }
}
