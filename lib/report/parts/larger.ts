/** Rows whose ratio is to another `off` than that of the table: one with areas as large as theirs. */
import type { Row } from '../../results/comparison.js'
import type { LargerAreas } from '../../results/figures.js'
import { ns, predictedNs } from '../words.js'

const LARGER_MARK = '^'

type Sized = Pick<Row, 'areaBytes' | 'throughput'>

/** Behind the ratio, a blank included; empty where the table's own `off` is meant. */
export function largerMark({ areaBytes }: Pick<Row, 'areaBytes'>, larger: readonly LargerAreas[]) {
  const other = larger.some(
    (areas) => areas.areaBytes === areaBytes && areas.areaBytes !== areas.offAreaBytes,
  )
  return other ? ` ${LARGER_MARK}` : ''
}

/** Of a series, at each step of which that `off` takes another time. */
export const LARGER_LEGEND = `${LARGER_MARK} against an off whose areas are as large as the tracker's, and not off itself`

/** The nanoseconds that the marked ratios are to, a line for each size. */
export function largerLegends(rows: readonly Sized[], larger: readonly LargerAreas[]): string[] {
  const marked = rows.filter((row) => largerMark(row, larger) !== '')
  const sizes = [...new Set(marked.map(({ areaBytes }) => areaBytes))].sort((a, b) => a - b)
  return sizes.flatMap((size) => {
    const times = marked.flatMap(({ areaBytes, throughput }) => {
      const off = throughput ? throughput.nsPerPair.median / throughput.vsOff.ratio : Number.NaN
      return areaBytes === size && Number.isFinite(off) ? [off] : []
    })
    if (times.length === 0) return []
    const predicted = marked.every(
      ({ throughput }) => throughput?.nsPerPair.low === throughput?.nsPerPair.high,
    )
    const write = predicted ? predictedNs : ns
    // Of threads each round has a ratio of its own: medians of both need not divide alike.
    const [low, high] = [write(Math.min(...times)), write(Math.max(...times))]
    const range = low === high ? low : `${low} - ${high}`
    return [`${LARGER_MARK} against off with areas of ${size} bytes: ${range} ns`]
  })
}
