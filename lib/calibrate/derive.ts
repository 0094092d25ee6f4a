/**
 * From samples to costs, and what is doubtful about them.
 *
 * What the model counts and what can be timed are not the same things:
 * - a word that is handed over moves its line twice: it is read, then written;
 * - an operation's own work is what its accesses leave of its time. Accesses to lines that a core has
 *   are made side by side and take next to nothing each; only a walk, in which one line is done with
 *   before the next, takes as long as its lines one after the other. So the two have costs of their
 *   own: at the walk's cost for all lines, a fast core would have no time left for anything else.
 *
 * One thread's time is only ever made longer by what else the host does, so the lower quartile is
 * taken of it. Of two threads one may be gone for a while, and the other quick meanwhile: there it is
 * the median.
 */
import type { NativeCalibration, NativeCounted } from '../native/plans/calibrate.js'
import { type Beside, type Held, heldOf, type Kept, pairsOf } from './lines.js'
import { type Figure, figures, type Measure, measureOf, words } from './measure.js'

interface Measured {
  readonly ns: number
  readonly belowNs: null
  readonly how: string
}

/** A cost of the model. */
export interface Derived {
  /** Nanoseconds; null where it was too small to measure. */
  readonly ns: number | null
  /** Where it was: what it is below, and how that is known. */
  readonly belowNs: number | null
  readonly how: string
}

type ByIndex = readonly [runCounts: Derived, bitmap: Derived]

export interface DerivedCosts {
  readonly own: Derived
  readonly walk: Derived
  readonly atomic: Derived
  readonly core: Derived
  readonly hold: Held
  readonly handover: Derived
  readonly clock: Derived
  readonly map: ByIndex
  readonly search: ByIndex
  readonly unmap: ByIndex
  readonly release: ByIndex
  readonly copy: readonly (Derived & { readonly bytes: number })[]
}

export interface Derivation {
  readonly measured: readonly Measure[]
  /** How often a line that another core wants is still there, by how long after. */
  readonly kept: readonly Kept[]
  readonly costs: DerivedCosts
  /** Whether lines come in pairs. */
  readonly pairs: Beside
  /** What cannot be together, in words. */
  readonly contradictions: readonly string[]
}

const [MANY_COUNTS, MANY_BITMAP, FEW_COUNTS] = [0, 1, 2]

interface Found {
  readonly of: (figure: Figure) => Measure
  readonly copies: readonly Measure[]
  readonly kept: readonly Kept[]
  /** Samples, round by round. */
  readonly rowOf: (figure: Figure) => readonly number[]
  /** Of one more line of a walk: round by round, because rounds belong together. */
  readonly walk: Measure
}

const labels: Readonly<Record<Figure, string>> = {
  own: 'a word of an own line, many lines in turn',
  atomic: 'a locked instruction, own line',
  lock: 'a spin lock taken and released, own line',
  handoff: 'a word handed from core to core',
  contended: 'a locked instruction on a line that two cores want',
  ticket: 'a ticket lock, from holder to holder',
  mapRunCounts: 'map of 4 KiB, run counts',
  mapBitmap: 'map of 4 KiB, bitmap',
  unmapRunCounts: 'unmap of 4 KiB, run counts',
  unmapBitmap: 'unmap of 4 KiB, bitmap',
  few: 'map and unmap of 4 KiB, run counts, one in flight',
  readFar: 'a read of a line far from one that another core adds to',
  readAbove: 'of the line above it, of the same pair',
  readBelow: 'of the line below it, of the same pair',
  readNext: 'of the line above it, of the next pair',
  readSame: 'of that line itself',
  clock: "the processor's counter read",
}

function find(native: NativeCalibration, kept: readonly number[]): Found {
  const { samples, copyBytes, delays: steps, map, unmap } = native
  const [keptAt, delaysAt] = [figures.length, figures.length + steps.length]
  const copiesAt = delaysAt + steps.length
  const rounds = samples.length / (copiesAt + copyBytes.length)
  const row = (place: number): number[] =>
    kept.map((round) => samples[place * rounds + round] as number)
  const rowOf = (figure: Figure): number[] => row(figures.indexOf(figure))
  const measures = new Map(
    figures.map((figure) => [figure, measureOf(labels[figure], rowOf(figure))]),
  )
  const [few, maps, unmaps, own, atomic] = (
    ['few', 'mapRunCounts', 'unmapRunCounts', 'own', 'atomic'] as const
  ).map(rowOf) as [number[], number[], number[], number[], number[]]
  const more = (kind: keyof NativeCounted): number => {
    const [a, b] = [FEW_COUNTS, MANY_COUNTS].map(
      (probe) => (map[probe]?.[kind] ?? 0) + (unmap[probe]?.[kind] ?? 0),
    ) as [number, number]
    return a - b
  }
  const walk = few.map((ns, i) => {
    const longer = ns - (maps[i] as number) - (unmaps[i] as number)
    return (
      (longer - more('own') * (own[i] as number) - more('atomic') * (atomic[i] as number)) /
      more('walk')
    )
  })
  return {
    of: (figure) => measures.get(figure) as Measure,
    copies: copyBytes.map((bytes, i) => measureOf(`a copy of ${bytes} bytes`, row(copiesAt + i))),
    kept: steps.map((_, i) => {
      const [none, delay] = [0, i].map((at) => measureOf('delay', row(delaysAt + at)).median)
      return {
        // The loop around the delay is there without one as well.
        afterNs: (delay as number) - (none as number),
        share: measureOf('lines still there', row(keptAt + i)),
      }
    }),
    rowOf,
    walk: measureOf('a further line of a walk', walk),
  }
}

const measured = (ns: number, how: string): Measured => ({ ns, belowNs: null, how })

/** What is left of something measured: all of it, or a bound on it. */
function leftOf(low: number, high: number, how: string): Derived {
  if (low > 0) return measured(low, how)
  return { ns: null, belowNs: high > 0 ? high : null, how }
}

const half = ({ ns, belowNs, how }: Derived, where: string): Derived => ({
  ns: ns === null ? null : ns / 2,
  belowNs: belowNs === null ? null : belowNs / 2,
  how: `half of ${how}; ${where}`,
})

interface Operation {
  readonly name: string
  readonly time: Measure
  readonly counted: NativeCounted
}

/** Costs, and what contradicts itself in them, from the rounds that belong together. */
export function derive(native: NativeCalibration, kept: readonly number[]): Derivation {
  const { of, copies, walk, rowOf, kept: shares } = find(native, kept)
  const contradictions: string[] = []
  const quartile = (what: string): string => `${what}, lower quartile of ${kept.length}`
  const middle = (what: string): string => `${what}, median of ${kept.length}`
  const own = measured(of('own').low, quartile('a word incremented in each of many own lines'))
  const atomic = measured(of('atomic').low, quartile('locked addition to an own line'))
  const walked = leftOf(
    walk.low,
    walk.high,
    quartile('a map+unmap that walks over more lines less one over fewer, for each line'),
  )
  if (walked.ns === null) {
    contradictions.push(
      'a map+unmap that walks over more lines takes no longer than one over fewer',
    )
  }
  const core = of('handoff').median / 2
  if (core < atomic.ns) {
    contradictions.push(
      `a line moves from core to core in ${words(core)}, quicker than a locked instruction hits ` +
        `one that stays, ${words(atomic.ns)}`,
    )
  }
  const handover = of('ticket').median - 2 * core
  if (handover < 0) {
    contradictions.push(
      `a ticket lock passes from holder to holder in ${words(of('ticket').median)}, while a word ` +
        `takes ${words(2 * core)} from core to core`,
    )
  }
  const work = ({ name, time, counted }: Operation): Derived => {
    const charged =
      counted.own * own.ns + counted.walk * (walked.ns ?? 0) + counted.atomic * atomic.ns
    if (time.high < charged) {
      contradictions.push(
        `${name} takes ${words(time.median)}, less than its accesses by themselves, ${words(charged)}`,
      )
    }
    return leftOf(
      time.low - charged,
      time.high - charged,
      quartile(`what its accesses, ${words(charged)}, leave of ${name}`),
    )
  }
  const works = (
    [
      ['map', native.map],
      ['unmap', native.unmap],
    ] as const
  ).map(([verb, counted]) =>
    (
      [
        ['RunCounts', 'run counts', MANY_COUNTS],
        ['Bitmap', 'a bitmap', MANY_BITMAP],
      ] as const
    ).map(([suffix, index, probe]) =>
      work({
        name: `${verb === 'map' ? 'a map' : 'an unmap'} with ${index}`,
        time: of(`${verb}${suffix}`),
        counted: counted[probe] as NativeCounted,
      }),
    ),
  ) as [[Derived, Derived], [Derived, Derived]]
  const halves = ([counts, bitmap]: [Derived, Derived], where: string): ByIndex => [
    half(counts, where),
    half(bitmap, where),
  ]
  for (const [i, copy] of copies.entries()) {
    const smaller = copies[i - 1]
    if (smaller && copy.low < smaller.low) {
      contradictions.push(
        `${copy.what} takes ${words(copy.low)}, less than ${smaller.what}, ${words(smaller.low)}`,
      )
    }
  }
  return {
    measured: [...figures.map(of), walk, ...copies],
    kept: shares,
    pairs: pairsOf(rowOf, core),
    costs: {
      own,
      walk: walked,
      atomic,
      core: measured(
        core,
        middle('half of a handover of a word between two cores, which moves its line twice'),
      ),
      hold: heldOf(shares),
      handover: leftOf(
        handover,
        of('ticket').high - 2 * core,
        middle('a ticket lock from holder to holder less two moves of a line'),
      ),
      clock: measured(
        of('clock').low,
        quartile("the processor's counter read, each behind the one before"),
      ),
      map: halves(works[0], 'outside the lock'),
      search: halves(works[0], 'under the lock'),
      unmap: halves(works[1], 'outside the lock'),
      release: halves(works[1], 'under the lock'),
      copy: copies.map(({ low }, i) => ({
        bytes: native.copyBytes[i] as number,
        ...measured(low, quartile('memcpy in a buffer larger than the caches')),
      })),
    },
    contradictions,
  }
}
