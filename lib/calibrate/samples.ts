/** The samples of a calibration, by what was timed, in the rounds that belong together. */
import { lineRegimes } from '../measure/line.js'
import type { NativeCalibration, NativeCounted } from '../native/plans/calibrate.js'
import type { LineRegimes } from '../results/line.js'
import type { Kept } from './lines.js'
import { type Figure, figures, type Measure, measureOf } from './measure.js'

/** Places in NativeCalibration.map and .unmap. */
export const MANY_COUNTS = 0
export const MANY_BITMAP = 1
const FEW_COUNTS = 2

export interface Found {
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
  taken: 'the same, the other core added to it some time before: above an own line',
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

export function find(native: NativeCalibration, kept: readonly number[]): Found {
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

/** The rounds between the looks, sorted, and those that figures are of: all where none was seen. */
export function regimesOf(native: NativeCalibration): {
  readonly line: LineRegimes
  readonly kept: readonly number[]
} {
  const looks = native.line ?? []
  const rounds = looks.slice(1).map((after, i) => ({ before: looks[i] ?? null, after }))
  const line = lineRegimes(rounds)
  const all = rounds.map((_, i) => i)
  const kept = line.regimes.length > 0 ? all.filter((i) => line.regimeOf[i] === 0) : all
  return { line, kept }
}
