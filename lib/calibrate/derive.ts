/**
 * From samples to costs, and what is doubtful about them.
 *
 * What the model counts and what can be timed are not the same things:
 * - a line is taken from another core by a locked addition, as counters and locks are. A word that is
 *   handed over moves its line twice, to be read and to be written, but the one begins before the other
 *   has ended: half of that is less than a move;
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
import { type Beside, type Held, type Kept, pairsOf } from './lines.js'
import { figures, type Measure, words } from './measure.js'
import {
  followOver,
  holdOver,
  type Measured,
  type Move,
  meanOver,
  nearestOf,
  ticketOver,
} from './moves.js'
import { find, MANY_BITMAP, MANY_COUNTS } from './samples.js'

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
  /** Between complexes of a socket, and between sockets; null where nothing was seen of that. */
  readonly complex: Derived | null
  readonly socket: Derived | null
  readonly hold: Held
  /** Null where it was not seen. */
  readonly follow: Derived | null
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

/**
 * Costs, and what contradicts itself in them, from the rounds that belong together.
 *
 * @param moves of lines between pairs of CPUs; the first is that of `native`
 */
export function derive(
  native: NativeCalibration,
  kept: readonly number[],
  moves: readonly Move[],
): Derivation {
  const { of, copies, walk, rowOf, kept: shares } = find(native, kept)
  const nearest = nearestOf(moves)
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
  const core = meanOver(moves, nearest) as Measured
  if (core.ns < atomic.ns) {
    contradictions.push(
      `a line moves from core to core in ${words(core.ns)}, quicker than a locked instruction hits ` +
        `one that stays, ${words(atomic.ns)}`,
    )
  }
  const ticket = ticketOver(moves, nearest)
  if (of('ticket').median < of('handoff').median) {
    contradictions.push(
      `a ticket lock passes from holder to holder in ${words(of('ticket').median)}, while a word ` +
        `takes ${words(of('handoff').median)} from core to core`,
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
    pairs: pairsOf(rowOf, (moves[0] as Move).ns),
    costs: {
      own,
      walk: walked,
      atomic,
      core,
      complex: nearest === 'core' ? meanOver(moves, 'complex') : null,
      socket: nearest === 'socket' ? null : meanOver(moves, 'socket'),
      hold: holdOver(moves, nearest),
      follow: followOver(moves, nearest, core),
      handover: leftOf(
        ticket.median - 2 * core.ns,
        ticket.high - 2 * core.ns,
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
