/** What the kept results say of a figure: by host, and on each by how the timed CPUs stood. */
import { LINE_FACTOR, offWasItself } from 'swiotlb-lab'
import { slugOf } from '../conditions.js'
import type { Figure, Pooled, Stood } from '../figure.js'
import type { KeptBench, KeptFile } from '../kept.js'
import { isSample } from '../verdict.js'

/** One kept run's figure, in one regime. */
export interface Point {
  readonly file: string
  readonly source: KeptBench['source']
  readonly figure: Figure
  readonly pooled: Pooled
}

/** A host in one regime: what is told together. */
export interface Place {
  readonly host: string
  /** Of the first seen. */
  readonly regime: Stood
}

export const NOT_MEASURED = 'not measured yet on a kept host'

const lineOf = (stood: Stood): number =>
  stood === null || stood === 'not measured' ? 0 : stood.lineNs

const alike = (a: Stood, b: Stood): boolean => {
  if (!a || !b || a === 'not measured' || b === 'not measured') return a === b
  const [low, high] = [Math.min(a.lineNs, b.lineNs), Math.max(a.lineNs, b.lineNs)]
  return a.sharedCore === b.sharedCore && high < LINE_FACTOR * low
}

/** What was kept of the benchmark, without regimes that were seen in too few rounds. */
export class Seen {
  readonly places: readonly Place[]
  private readonly points: readonly (Point & { readonly place: Place })[]

  constructor(files: readonly KeptFile[]) {
    const places: Place[] = []
    const placeOf = (host: string, regime: Stood): Place => {
      const found = places.find((place) => place.host === host && alike(place.regime, regime))
      if (found) return found
      const place = { host, regime }
      places.push(place)
      return place
    }
    this.points = files.flatMap(({ file, kept }) =>
      kept.kind === 'bench'
        ? kept.parts
            .flatMap(({ figures }) => figures)
            .flatMap((figure) =>
              figure.pooled
                .filter(({ tooFew }) => !tooFew)
                .map((pooled) => ({
                  ...{ file, source: kept.source, figure, pooled },
                  place: placeOf(slugOf(kept.host), pooled.regime),
                })),
            )
        : [],
    )
    this.places = places.sort(
      (a, b) => a.host.localeCompare(b.host) || lineOf(a.regime) - lineOf(b.regime),
    )
  }

  /** Of figures whose id is, or begins as, this one; everywhere or in one place. */
  of(id: string, place?: Place): readonly Point[] {
    const own = (figure: Figure): boolean =>
      id.endsWith('/') ? figure.id.startsWith(id) : figure.id === id
    return this.points.filter(
      (point) => own(point.figure) && (place === undefined || point.place === place),
    )
  }

  /** The hosts that have it. */
  hosts(ids: readonly string[]): readonly string[] {
    return this.places
      .filter((place) => ids.some((id) => this.of(id, place).length > 0))
      .map(({ host }) => host)
      .filter((host, i, all) => all.indexOf(host) === i)
  }
}

/** The tries of each figure, a try of one run once however many regimes are told together here. */
function triesOf(points: readonly Point[]): number[] {
  const ids = [...new Set(points.map(({ figure }) => figure.id))]
  return ids.map((id) => {
    const own = points.filter(({ figure }) => figure.id === id)
    const numbers = own.flatMap(({ file, figure, pooled }) =>
      figure.tries
        .filter(({ regime }) => regime === figure.pooled.indexOf(pooled))
        .map(({ number }) => `${file} ${number}`),
    )
    return new Set(numbers).size
  })
}

/** `6 tries`, `2 to 6 tries each`; nothing for what is no sample. */
function triesWords(points: readonly Point[]): string {
  const tries = triesOf(points.filter(({ pooled }) => isSample(pooled)))
  if (tries.length === 0) return ''
  const [least, most] = [Math.min(...tries), Math.max(...tries)]
  const count = least === most ? `${least}` : `${least} to ${most}`
  return `${count} ${most === 1 ? 'try' : 'tries'}${tries.length > 1 ? ' each' : ''}`
}

/** `in 2 runs of 2 commits`, nothing for one run of a commit. */
function runsWords(points: readonly Point[]): string {
  const files = new Set(points.map(({ file }) => file)).size
  const commits = new Set(points.map(({ source }) => source.commit)).size
  const dirty = points.some(({ source }) => source.dirty)
  return [
    files > 1 ? `in ${files} runs` : '',
    commits > 1 ? `of ${commits} commits` : '',
    dirty ? 'with changes that are in no commit' : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** `off` was not itself in so many of them; nothing where it was in each. */
function doubtWords(points: readonly Point[]): string {
  const doubtful = points.filter(({ pooled }) => offWasItself(pooled.noise) === false).length
  if (doubtful === 0) return ''
  return `\`off\` was not itself${points.length > 1 ? ` in ${doubtful} of ${points.length} pooled` : ''}`
}

/**
 * `2.10 [2.05 - 2.16] (6 tries)`; of several figures or kept runs `2.05 - 2.31 (12 tries in 2 runs)`,
 * from the lowest end of their intervals to the highest.
 */
export function rangeWords(points: readonly Point[]): string {
  const [first] = points
  if (!first) return NOT_MEASURED
  const short = (value: number): string => value.toFixed(2)
  const bands = points.map(({ pooled }) => pooled.band)
  const low = short(Math.min(...bands.map((band) => band.low)))
  const high = short(Math.max(...bands.map((band) => band.high)))
  const interval = low === high ? low : `${low} - ${high}`
  const { median } = first.pooled.band
  const range = points.length === 1 && low !== high ? `${short(median)} [${interval}]` : interval
  const from = [triesWords(points), runsWords(points)].filter(Boolean).join(' ')
  const beside = [from, doubtWords(points)].filter(Boolean).join('; ')
  return beside ? `${range} (${beside})` : range
}
