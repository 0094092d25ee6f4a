/** What a guest has told on its console. */

/** Counters of a tracker, as its files gave them; -1 for a file that is not there. */
interface Counters {
  readonly nslabs: number
  readonly used: number
  readonly hiwater: number
  readonly true_used: number
  readonly true_hiwater: number
}

interface Benchmarked {
  readonly threads: number
  readonly map: number
  readonly unmap: number
}

/** Of a boot; null for what was not told. */
export interface Told {
  readonly before: Counters | null
  readonly after: Counters | null
  readonly readers: { readonly started: number; readonly failed: number } | null
  readonly probes: {
    readonly mappings: number
    readonly mapped: number
    readonly unmappings: number
    readonly missed: number
    readonly overrun: number
    readonly left: number
  } | null
  /** What was in use at most, as the probes have it. */
  readonly truth: { readonly least: number; readonly most: number } | null
  /** What the tracker in the kernel promises, in slots; -1 for no bound. */
  readonly promise: {
    readonly under: number
    readonly over: number
    readonly until: number
    readonly reads: number
    readonly unmarked: number
  } | null
  /** What the kernel's benchmark gave, in the unit of its clock: for each map, and each unmap. */
  readonly benchmark: readonly Benchmarked[]
  /** Mappings that bounced while it ran for a moment more. */
  readonly bounced: number | null
  /** Of the trace that was written to the disk. */
  readonly captureBytes: number | null
  /** What the kernel's log says of the pool. */
  readonly poolLines: readonly string[]
  readonly alarms: { readonly found: number; readonly read: number } | null
  /** Lines of the kernel's log that say that something is wrong with it, the first of them. */
  readonly alarmLines: readonly string[]
  /** What the guest could not do, in its words. */
  readonly failed: readonly string[]
  /** Whether it came to its end. */
  readonly done: boolean
}

type Words = Readonly<Record<string, number>>

const MARK = /(?:^|\s)LAB (\w+)(?: (.*))?$/

const numbersOf = (text: string): Words =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)=(-?[\d.]+)/g)].map(([, name, value]) => [name, Number(value)]),
  )

/** A line whose words are all there; what is cut off is not told. */
function withWords<T>(numbers: Words | undefined, names: readonly (keyof T & string)[]): T | null {
  const all = numbers && names.every((name) => Number.isFinite(numbers[name]))
  return all ? (numbers as T) : null
}

const timed = ['threads', 'map', 'unmap'] as const
const counters = ['nslabs', 'used', 'hiwater', 'true_used', 'true_hiwater'] as const

/** @param lines of the console */
export function readTold(lines: readonly string[]): Told {
  const numbers = new Map<string, Words>()
  const alarmLines: string[] = []
  const failed: string[] = []
  const poolLines: string[] = []
  const benchmark: (Benchmarked | null)[] = []
  for (const line of lines) {
    const [, word, rest = ''] = MARK.exec(line.trimEnd()) ?? []
    if (word === undefined) continue
    if (word === 'alarm') alarmLines.push(rest)
    else if (word === 'failed') failed.push(rest)
    else if (word === 'pool') poolLines.push(rest)
    else if (word === 'benchmark') benchmark.push(withWords(numbersOf(rest), timed))
    else numbers.set(word, numbersOf(rest))
  }
  const get = (word: string): Words | undefined => numbers.get(word)
  return {
    before: withWords<Counters>(get('before'), counters),
    after: withWords<Counters>(get('after'), counters),
    readers: withWords(get('readers'), ['started', 'failed']),
    probes: withWords(get('probes'), [
      'mappings',
      'mapped',
      'unmappings',
      'missed',
      'overrun',
      'left',
    ]),
    truth: withWords(get('truth'), ['least', 'most']),
    promise: withWords(get('promise'), ['under', 'over', 'until', 'reads', 'unmarked']),
    benchmark: benchmark.filter((one) => one !== null),
    bounced: withWords<{ events: number }>(get('bounced'), ['events'])?.events ?? null,
    captureBytes: withWords<{ bytes: number }>(get('capture'), ['bytes'])?.bytes ?? null,
    poolLines,
    alarms: withWords(get('alarms'), ['found', 'read']),
    alarmLines,
    failed,
    done: numbers.has('done'),
  }
}
