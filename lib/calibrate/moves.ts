/** How a line moves between the pairs of CPUs that were looked at, and what that costs by distance. */
import { LINE_FACTOR } from '../measure/line.js'
import type { NativeCalibration } from '../native/plans/calibrate.js'
import type { LineRegimes } from '../results/line.js'
import { type Held, heldOf, LEAST_ROUNDS } from './lines.js'
import { type Measure, words } from './measure.js'
import type { Distance, Pair } from './pairs.js'
import { find, regimesOf } from './samples.js'

export interface Measured {
  readonly ns: number
  readonly belowNs: null
  readonly how: string
}

/** Of one pair. */
export interface Move {
  readonly cpus: Pair['cpus']
  /** As the kernel says, and `thread` where the CPUs behave as two threads of one core. */
  readonly distance: Distance
  /** What a locked instruction takes on a line that the other CPU has, or half of a handover. */
  readonly ns: number
  /** Whether it is the first. */
  readonly taken: boolean
  readonly how: string
  /** How long a wanted line stays, and a ticket lock from holder to holder. */
  readonly held: Held
  readonly ticket: Measure
  /** From one move to the next, between two that do nothing but add; null where that was not seen. */
  readonly followNs: number | null
  readonly line: LineRegimes
  /** Those that the figures are of. */
  readonly rounds: number
}

/** @param alone of two CPUs there is nothing else: then they are what the kernel says */
export function moveOf(pair: Pair, native: NativeCalibration, alone: boolean): Move {
  const { line, kept } = regimesOf(native)
  const { of, kept: shares } = find(native, kept)
  const taken = of('taken')
  const seen = taken.samples >= LEAST_ROUNDS
  const held = heldOf(shares)
  // While a core has the line it adds as often as it finds it there.
  const additions = 1 + (held.ns ?? Number.NaN) / of('atomic').low
  const follow = of('contended').median * additions
  const sharesCore = line.regimes[0]?.sharedCore === true && !alone
  return {
    cpus: pair.cpus,
    distance: sharesCore ? 'thread' : pair.distance,
    taken: seen,
    ns: seen ? of('atomic').low + taken.median : of('handoff').median / 2,
    how: seen
      ? `a locked addition to a line that another core has added to, median of ${taken.samples}`
      : 'half of a handover of a word between two cores, which moves its line twice, ' +
        `median of ${of('handoff').samples}: the other core was not seen to add`,
    held,
    ticket: of('ticket'),
    followNs: Number.isFinite(follow) ? follow : null,
    line,
    rounds: kept.length,
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const among = (moves: readonly Move[], distance: Distance): readonly Move[] =>
  moves.filter((move) => move.distance === distance)

/** What a model calls `core`: two cores of one cache, where such were looked at. */
export const nearestOf = (moves: readonly Move[]): Distance =>
  (['core', 'complex', 'socket'] as const).find((distance) => among(moves, distance).length > 0) ??
  'thread'

/** What stands for another core where no two of the CPUs are as near as that; null where some are. */
export function farWords(nearest: Distance): string | null {
  if (nearest !== 'complex' && nearest !== 'socket') return null
  const other = nearest === 'complex' ? 'with another last-level cache' : 'of another socket'
  return `what the model calls another core is one ${other}`
}

/** `, the mean of 4 pairs of CPUs: 41 to 69 ns`, nothing for one. */
function rangeWords(what: string, values: readonly number[]): string {
  if (values.length === 1) return ''
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `; ${what} of ${values.length} pairs of CPUs, ${words(least)} to ${words(most)}`
}

/** A contended line goes from any CPU to any other, so that all of them count alike. Null for none. */
export function meanOver(moves: readonly Move[], distance: Distance): Measured | null {
  const those = among(moves, distance)
  const [first] = those
  if (!first) return null
  const values = those.map(({ ns }) => ns)
  return { ns: mean(values), belowNs: null, how: first.how + rangeWords('the mean', values) }
}

/** Of the pairs that have one the middle one: where it is not seen, it is far off. */
export function holdOver(moves: readonly Move[], distance: Distance): Held {
  const those = among(moves, distance).map(({ held }) => held)
  const known = those
    .flatMap(({ ns, how }) => (ns === null ? [] : [{ ns, how }]))
    .sort((a, b) => a.ns - b.ns)
  const middle = known[Math.floor((known.length - 1) / 2)]
  if (!middle) return those[0] as Held
  const values = known.map(({ ns }) => ns)
  return { ns: middle.ns, how: middle.how + rangeWords('the middle one', values) }
}

/**
 * A move of a line that was waited for; no longer than any move. Null where it was not seen.
 */
export function followOver(
  moves: readonly Move[],
  distance: Distance,
  move: Measured,
): Measured | null {
  const values = among(moves, distance).flatMap(({ followNs }) => followNs ?? [])
  if (values.length === 0) return null
  return {
    ns: Math.min(mean(values), move.ns),
    belowNs: null,
    how:
      'additions of two cores that do nothing but add to one line, as many as a core makes before it ' +
      `loses the line, no longer than a move${rangeWords('the mean', values)}`,
  }
}

/** A ticket lock from holder to holder. */
export function ticketOver(
  moves: readonly Move[],
  distance: Distance,
): { readonly median: number; readonly high: number } {
  const those = among(moves, distance).map(({ ticket }) => ticket)
  return {
    median: mean(those.map(({ median }) => median)),
    high: mean(those.map(({ high }) => high)),
  }
}

const distanceWords: Readonly<Record<Distance, string>> = {
  thread: 'between threads of one core',
  core: 'between cores of one last-level cache',
  complex: 'between cores of different last-level caches',
  socket: 'between sockets',
}

/** `CPUs 0 and 5, between cores of one last-level cache: 41 ns` */
export const moveWords = ({ cpus, distance, ns }: Move): string =>
  `CPUs ${cpus.join(' and ')}, ${distanceWords[distance]}: ${words(ns)}`

/** What the kernel's word alone does not explain. */
export function moveWarnings(moves: readonly Move[], drawn: readonly Pair[]): string[] {
  const further = moves.slice(1)
  const rounds = further.reduce((sum, { line }) => sum + line.regimeOf.length, 0)
  const left = rounds - further.reduce((sum, move) => sum + move.rounds, 0)
  const nearest = nearestOf(moves)
  const far = farWords(nearest)
  return [
    ...(far ? [`no two of these CPUs are nearer to each other: ${far}`] : []),
    ...moves.flatMap(({ cpus, distance }, i) =>
      distance === 'thread' && drawn[i]?.distance !== 'thread'
        ? [
            `CPUs ${cpus.join(' and ')} behave as two threads of one core, though the kernel says ` +
              `otherwise; ${nearest === 'thread' ? 'there are no others' : 'they are left out'}`,
          ]
        : [],
    ),
    ...(['core', 'complex', 'socket'] as const).flatMap((distance) => {
      const values = among(moves, distance).map(({ ns }) => ns)
      const [least, most] = [Math.min(...values), Math.max(...values)]
      return values.length > 1 && most >= LINE_FACTOR * least
        ? [
            `${distanceWords[distance]} a line moves in ${words(least)} to ${words(most)}: the kernel ` +
              'does not tell these apart, and the model has their mean',
          ]
        : []
    }),
    ...moves.flatMap(({ cpus, taken }) =>
      taken
        ? []
        : [
            `between CPUs ${cpus.join(' and ')} no line was seen to be taken by the other: half of a ` +
              'handover stands for it, which is less',
          ],
    ),
    ...(left > 0
      ? [`between other pairs of CPUs ${left} of ${rounds} rounds were left out, as they differ`]
      : []),
  ]
}
