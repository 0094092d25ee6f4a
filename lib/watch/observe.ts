/** From counters to what an operator may rely on: an unknown is a reason, never a number. */
import { countOf, formatSlots, NEARLY_FULL, verbOf } from '../data/units.js'
import type { Counter, Counters } from '../debugfs/counters.js'
import type { Leak, Unknown, WatchName, WatchSample, WatchValues } from '../results/watch.js'
import { Trend } from './trend.js'

export interface ObserverOptions {
  readonly pool: string
  /** Restricted pools that are not looked at. */
  readonly others: readonly string[]
  readonly windowMs: number
  readonly periodMs: number
  /** Whether 0 may stand for "no mark is kept", as in Linux 7.3; undefined where it cannot be told. */
  readonly mayNotTrack: boolean | undefined
}

type Value = { readonly slots: number } | Unknown

const MINUTE_MS = 60_000
/** Looks in a row that make a rule of what one may show by chance. */
const LONG = 3

const NOT_TRACKED =
  'Linux 7.3 keeps no mark unless its command line says so: swiotlb=<slots>,<areas>,track_hiwater'

const bug = (words: string): Unknown => ({ reason: 'counter-bug', words })

const slotsOf = (value: Value): number | null => ('slots' in value ? value.slots : null)

/** Looks at one pool again and again, and remembers what tells one 0 from another. */
export class Observer {
  readonly #options: ObserverOptions
  readonly #trend: Trend
  readonly #told = new Set<string>()
  /** Looks in a row in which more was in use than the mark says, and than there is. */
  #aboveMark = 0
  #abovePool = 0
  #poolBefore: number | null = null
  #nearlyFullBefore = false
  #sawMark = false
  #sawNone = false

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#trend = new Trend(options.windowMs, options.periodMs)
  }

  /** One look at the counters. `at` is a time in ms that does not go back; `date` is of the clock. */
  look(counters: Counters, at: number, date: Date): WatchSample {
    const faults: string[] = []
    const notes: string[] = []
    const pool = this.#pool(counters.nslabs, faults)
    const poolSlots = slotsOf(pool)
    const canGrow = 'slots' in counters.transient
    const used = this.#inPool('used', counters.used, pool, canGrow, faults)
    const mark = this.#inPool('used_hiwater', counters.hiwater, pool, canGrow, faults)
    const hiwater = this.#hiwater(mark, slotsOf(used), notes)
    const transient = this.#count('transient_nslabs', counters.transient, faults)
    const usedSlots = slotsOf(used)
    this.#abovePoolForLong(usedSlots, poolSlots, slotsOf(transient), faults)
    if (usedSlots !== null && poolSlots) this.#trend.add(at, usedSlots, poolSlots)
    const trend = this.#trend
    const slotsPerMs = trend.slotsPerMs()
    if (trend.cameBack) notes.push('what looked like a leak has come back: it was a load')
    if (trend.beganAnew) notes.push('there was no look for a while: the trend begins anew')
    if (this.#sawNone && usedSlots !== null) {
      notes.push('without a mark the use is a sum of areas at slightly different moments')
    }
    if (this.#options.others.length > 0) {
      const names = this.#options.others.join(', ')
      notes.push(`not looked at: restricted pools ${names}; expected --pool and a name for one`)
    }
    const percent: Value =
      usedSlots !== null && poolSlots ? { slots: (usedSlots / poolSlots) * 100 } : why(used, pool)
    const share = slotsOf(percent)
    const nearlyFull = share === null ? null : share >= NEARLY_FULL * 100
    // Of what comes and goes, which is said each time.
    const events = [
      ...this.#poolChange(poolSlots, canGrow),
      ...this.#aboveMarkForLong(usedSlots, slotsOf(mark)),
      ...this.#nearlyFull(nearlyFull === true, trend.leak !== null),
    ]
    const drift: Value =
      slotsPerMs === null
        ? 'slots' in used
          ? { reason: 'too-early', words: 'a trend takes ten looks, in different minutes' }
          : used
        : { slots: slotsPerMs * MINUTE_MS }
    const values: Record<WatchName, Value> = {
      poolSlots: pool,
      usedSlots: used,
      hiwaterSlots: hiwater,
      transientSlots: transient,
      usedPercent: percent,
      driftSlotsPerMinute: drift,
    }
    return {
      time: date.toISOString(),
      pool: this.#options.pool,
      ...valuesOf(values),
      leak: leakOf(trend.leak, usedSlots, poolSlots),
      nearlyFull,
      faults,
      unknown: unknownOf(values),
      notes: [...events, ...notes.filter((note) => this.#isNew(note))],
    }
  }

  /* A single look may show it while a mapping comes or goes; of several in a row it is told once. */
  #aboveMarkForLong(used: number | null, mark: number | null): string[] {
    const aboveMark = used !== null && mark !== null && mark > 0 && used > mark
    this.#aboveMark = aboveMark ? this.#aboveMark + 1 : 0
    if (this.#aboveMark !== LONG) return []
    return [
      `io_tlb_used is ${used}, above its mark io_tlb_used_hiwater of ${mark}, in ${LONG} looks in a row: in Linux's own ` +
        'tracker each map raises the mark, so there one of the two is wrong; a tracker that `patch` has put in may ' +
        'leave the mark below',
    ]
  }

  /* What a single look may show while a mapping comes or goes, and several in a row may not. */
  #abovePoolForLong(
    used: number | null,
    pool: number | null,
    transient: number | null,
    faults: string[],
  ): void {
    const most = pool === null || transient === null ? null : pool + transient
    const abovePool = used !== null && most !== null && used > most
    this.#abovePool = abovePool ? this.#abovePool + 1 : 0
    if (this.#abovePool >= LONG) {
      faults.push(
        `io_tlb_used is ${used}, above the ${most} slots of the pool and of the transient pools together, in ${LONG} ` +
          'looks or more: the count is wrong',
      )
    }
  }

  #poolChange(pool: number | null, canGrow: boolean): string[] {
    const before = this.#poolBefore
    this.#poolBefore = pool ?? before
    if (pool === null || before === null || pool === before) return []
    const change = `the pool has gone from ${formatSlots(before)} to ${formatSlots(pool)}`
    if (pool > before && canGrow) return [`${change}: this kernel lets it grow (SWIOTLB_DYNAMIC)`]
    return [
      `${change}, which no running kernel ${pool > before ? 'without SWIOTLB_DYNAMIC ' : ''}does: is the folder of another ` +
        'boot, or of another machine?',
    ]
  }

  /* That little is left, and what to do; once, until more is free again. */
  #nearlyFull(now: boolean, leaks: boolean): string[] {
    const before = this.#nearlyFullBefore
    this.#nearlyFullBefore = now
    if (!now || before) return []
    const next = leaks
      ? 'a larger pool only delays it'
      : 'if the use does not fall at rest, it is a leak; else the pool is too small, and `size` tells of a trace how large it must be'
    return [`nearly full: a tenth of the pool or less is free; ${next}`]
  }

  #isNew(note: string): boolean {
    const isNew = !this.#told.has(note)
    this.#told.add(note)
    // These may come again.
    if (/came back|come back|anew/.test(note)) this.#told.delete(note)
    return isNew
  }

  #count(name: string, counter: Counter, faults: string[]): Value {
    if ('reason' in counter || 'slots' in counter) return counter
    const words = `io_tlb_${name} has fallen below 0 (by ${counter.below}): the kernel's counter is wrong`
    faults.push(words)
    return bug(words)
  }

  #pool(counter: Counter, faults: string[]): Value {
    return this.#count('nslabs', counter, faults)
  }

  /* A count of what is in the pool. */
  #inPool(name: string, counter: Counter, pool: Value, canGrow: boolean, faults: string[]): Value {
    const value = this.#count(name, counter, faults)
    const poolSlots = slotsOf(pool)
    if (!('slots' in value) || poolSlots === null) return value
    if (poolSlots === 0 && value.slots === 0) {
      const words = 'there is no pool: nothing is bounced, or nothing could be'
      return { reason: 'no-pool', words }
    }
    if (value.slots <= poolSlots || canGrow) return value
    const words =
      `io_tlb_${name} is ${value.slots}, above the ${poolSlots} slots of a pool that cannot grow: ` +
      'a give-back that is counted late does this by a few slots, more is a fault of the counter'
    faults.push(words)
    return bug(words)
  }

  /* What a mark of 0 means. */
  #hiwater(mark: Value, usedSlots: number | null, notes: string[]): Value {
    if (!('slots' in mark)) return mark
    if (mark.slots > 0) {
      this.#sawMark = true
      this.#sawNone = false
      return mark
    }
    const inUse = usedSlots !== null && usedSlots > 0
    if (this.#sawMark) {
      if (!inUse) return mark
      const words = `the mark was set to 0 while ${countOf(usedSlots, 'slot')} ${verbOf(usedSlots, 'was', 'were')} in use; the next map raises it`
      return { reason: 'reset', words }
    }
    if (inUse) this.#sawNone = true
    if (this.#sawNone) {
      const words = `the mark reads 0 although slots were in use. ${NOT_TRACKED}`
      return { reason: 'not-tracked', words }
    }
    if (this.#options.mayNotTrack === true) {
      const words = `the mark reads 0, and nothing is in use that would tell. ${NOT_TRACKED}`
      return { reason: 'maybe-not-tracked', words }
    }
    if (this.#options.mayNotTrack === undefined) {
      notes.push(
        'the mark reads 0: nothing was bounced yet, or this is Linux 7.3 without track_hiwater',
      )
    }
    return mark
  }
}

/** Why something that takes both is not known. */
const why = (used: Value, pool: Value): Unknown => {
  if (!('slots' in used)) return used
  return 'slots' in pool ? { reason: 'no-pool', words: 'there is no pool' } : pool
}

function valuesOf(values: Readonly<Record<WatchName, Value>>): WatchValues {
  const entries = Object.entries(values).map(([name, value]) => [name, slotsOf(value)])
  return Object.fromEntries(entries) as WatchValues
}

function unknownOf(values: Readonly<Record<WatchName, Value>>): WatchSample['unknown'] {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !('slots' in value)))
}

function leakOf(
  leak: Trend['leak'],
  usedSlots: number | null,
  poolSlots: number | null,
): Leak | null {
  if (!leak) return null
  const { slotsPerMs, overMs } = leak
  const left = usedSlots === null || poolSlots === null ? null : Math.max(0, poolSlots - usedSlots)
  return {
    slotsPerMinute: slotsPerMs * MINUTE_MS,
    overMs,
    fullInMs: left === null ? null : left / slotsPerMs,
  }
}
