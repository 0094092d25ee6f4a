/** What the kept results say of a figure: by host, and on each by how the timed CPUs stood. */
import { LINE_FACTOR } from 'swiotlb-lab'
import { slugOf } from '../conditions.js'
import type { Figure, Pooled, Stood } from '../figure.js'
import type { KeptFile } from '../kept.js'

/** One kept run's figure, in one regime. */
interface Point {
  readonly file: string
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
                  ...{ file, figure, pooled },
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

/** `2.10 [2.05 - 2.16]`, or of several kept runs `2.05 - 2.31 (4 runs)`: their medians. */
export function rangeWords(points: readonly Point[]): string {
  const files = new Set(points.map(({ file }) => file)).size
  const [first] = points
  if (!first) return NOT_MEASURED
  const short = (value: number): string => value.toFixed(2)
  const { median, low, high } = first.pooled.band
  if (points.length === 1) {
    return low === high ? short(median) : `${short(median)} [${short(low)} - ${short(high)}]`
  }
  const medians = points.map(({ pooled }) => pooled.band.median)
  const [least, most] = [Math.min(...medians), Math.max(...medians)].map(short)
  const range = least === most ? `${least}` : `${least} - ${most}`
  return files > 1 ? `${range} (${files} runs)` : range
}
