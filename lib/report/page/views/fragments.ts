/** How much was free in the course of a run, and how long the runs of free slots were. */
import { countOf, formatBytes, SEGMENT_SLOTS, SLOT_BYTES } from '../../../data/units.js'
import type { UsedCourse } from '../../../results/course.js'
import { percent, slotsAsBytes } from '../../words.js'
import { plain } from '../chart.js'
import type { Figure } from '../figure.js'
import { linesChart, type Series } from '../lines-chart.js'
import { merged, partsOf } from './course-parts.js'

/** Where nothing is free: a logarithmic axis has no 0. */
const NONE = 0.5

const KIB = SLOT_BYTES / 1024

interface FragmentsOf {
  readonly used: UsedCourse
  readonly poolSlots: number
  /** What the axis counts: a step, or an operation. */
  readonly unit: string
}

/** Where a list is lowest: the first of several. */
const lowest = (values: readonly number[]): number =>
  values.reduce((at, value, i) => (value < (values[at] as number) ? i : at), 0)

/** Nothing where the course was noted without it. */
export function fragmentsFigure({ used, poolSlots, unit }: FragmentsOf): Figure[] {
  const { fragments } = used
  if (!fragments || fragments.free.length === 0) return []
  const parts = partsOf(fragments.free.length, used.count)
  const least = (values: readonly number[]): number[] => merged(values, parts, Math.min)
  const [free, longest, shortest] = [
    least(fragments.free),
    least(fragments.longestRun),
    least(fragments.shortestRun),
  ] as const
  const whole = Math.min(SEGMENT_SLOTS, poolSlots)
  const tight = lowest(longest)
  const narrow = lowest(shortest)
  const where = (part: number): string => `at ${unit} ${Math.floor(parts.at[part + 1] ?? 0)}`
  const several = used.areas.high.length * used.areas.perRow > 1
  const at = (values: readonly number[], part: number): number => values[part] ?? 0
  const most = `had a run of ${slotsAsBytes(whole)} free, the most that a map can have`
  const inAll = at(longest, tight) >= whole
  const inEach = at(shortest, narrow) >= whole
  const inPool = inAll
    ? `At each look some area ${most}`
    : `The longest run that was free in any area was down to ${slotsAsBytes(at(longest, tight))} ${where(tight)}, with ${percent(at(free, tight) / poolSlots)} of the pool free`
  const inArea = several
    ? `; the worst was an area with no more than ${slotsAsBytes(at(shortest, narrow))} in one piece ${where(narrow)}`
    : ''
  const sentence = inEach
    ? `At each look ${several ? 'every area' : 'the pool'} ${most}.`
    : `${inPool}${inArea}.`
  const series: Series[] = [
    { name: 'free', kind: 'off', values: free },
    { name: 'longest run', kind: 's0', values: longest },
    ...(several ? [{ name: 'worst area', kind: 's1', values: shortest }] : []),
  ].map(({ values, ...one }) => ({
    ...one,
    points: values.map(
      (slots, part) => [parts.at[part + 1] ?? 0, Math.max(slots, NONE) * KIB] as const,
    ),
  }))
  return [
    {
      title: 'Fragmentation over time',
      sentence,
      legend:
        `Looked at ${countOf(free.length, 'time')}, after equal parts of the ${unit}s. Grey, broken: what was free in all areas. Below it the longest run of free slots: of the area ` +
        `that has the longest${several ? ', and of that which has the shortest' : ''}. A run ends with its segment of ${formatBytes(SEGMENT_SLOTS * SLOT_BYTES)}, and a map needs one. The axis is logarithmic; at its foot, nothing is free.`,
      picture: linesChart({
        label: `Fragmentation over time. ${sentence}`,
        series,
        x: { label: `${unit}s`, log: false, exact: true, show: plain },
        y: { label: 'KiB free, logarithmic', log: true, show: plain },
      }),
      table: {
        columns: [
          { name: `${unit}s done` },
          { name: 'free, slots' },
          { name: 'longest free run, slots' },
          { name: 'longest free run of the worst area, slots' },
        ],
        rows: free.map((slots, part) => [
          Math.floor(parts.at[part + 1] ?? 0),
          slots,
          longest[part] ?? null,
          shortest[part] ?? null,
        ]),
      },
    },
  ]
}
