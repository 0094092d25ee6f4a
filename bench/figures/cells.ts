/** Cells of predictions, as docs/patch.md shows them. */
import { type Comparison, formatRatio } from 'swiotlb-lab'

export type Row = Comparison['rows'][number]

export interface Sweep {
  readonly steps: readonly { readonly value: number; readonly comparison: Comparison }[]
}

export const digits = (value: number): string => String(Number(value.toPrecision(3)))

export const ratioOf = (throughput: Row['throughput']): string =>
  throughput ? formatRatio(throughput.vsOff) : '-'

const nsOf = (throughput: Row['throughput']): string =>
  throughput ? digits(throughput.nsPerPair.median / throughput.vsOff.ratio) : '-'

/** The nanoseconds of `off`, with copies and without. */
export const offCell = (off: Row | undefined): string =>
  off ? `${nsOf(off.throughput)} / ${nsOf(off.throughputNoCopy)}` : 'not run'

/** Behind a ratio to the `off` whose areas are as large, with the nanoseconds of that one. */
const OTHER = '^'

/** With copies and without. */
export function costsCell(row: Row, off: Row | undefined): string {
  const other = off && row.areaBytes !== off.areaBytes ? ` ${OTHER} ${offCell(row)}` : ''
  return `${ratioOf(row.throughput)} / ${ratioOf(row.throughputNoCopy)}${other}`
}

/** The trackers of a series beside `off`, in the order of their rows. */
export const trackersOf = ({ steps }: Sweep): string[] =>
  [
    ...new Set(steps.flatMap(({ comparison }) => comparison.rows.map(({ tracker }) => tracker))),
  ].filter((name) => name !== 'off')
