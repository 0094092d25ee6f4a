/** The pools that the kernel makes of what trackers report, and of looking now and then. */
import { formatBytes, SLOT_BYTES } from '../../../data/units.js'
import { joinWords, slotsAsBytes } from '../../words.js'
import { dot, lineFrom } from '../chart.js'
import { type Figure, unmarkedWords } from '../figure.js'
import { html } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'

export interface BookedRow {
  readonly name: string
  /** Where it is one that reported. */
  readonly tracker?: string | undefined
  readonly bookedSlots: number | null
  readonly reportedSlots: number | null
  /** Whether that pool serves the load; null where nobody tried. */
  readonly served: boolean | null
}

/** @param needed what is to be booked, and by what */
export function bookedFigure(
  rows: readonly BookedRow[],
  needed: { readonly slots: number; readonly words: string },
  kinds: Kinds,
): Figure[] {
  const told = rows.flatMap((row) =>
    row.bookedSlots === null ? [] : [{ ...row, booked: row.bookedSlots }],
  )
  const [first] = told
  if (!first) return []
  const most = told.reduce((a, b) => (b.booked > a.booked ? b : a), first)
  const short = told.filter(
    ({ served, booked }) => served === false || (served === null && booked < needed.slots),
  )
  const booked = told.map((row) => row.booked)
  const { inUnit, axis } = slotsAxis([needed.slots, ...booked], 'of pool', { log: true })
  const sentence =
    `${needed.words} it takes ${slotsAsBytes(needed.slots)}; the most is booked by ${most.name}, ${slotsAsBytes(most.booked)}` +
    (short.length > 0 ? `; too little by ${joinWords(short.map(({ name }) => name))}.` : '.')
  return [
    {
      title: 'What would be booked',
      sentence,
      legend: `A dot is the pool that the kernel makes of a mark; the upright line is ${slotsAsBytes(needed.slots)}. Hollow: too little for the load as it was recorded.${unmarkedWords(rows.filter((row) => row.bookedSlots === null).map((row) => row.name))}`,
      picture: rowsChart({
        label: `What would be booked. ${sentence}`,
        ...axis,
        behind: (x, top, bottom) =>
          lineFrom(x(inUnit(needed.slots)), top, x(inUnit(needed.slots)), bottom, 'truth'),
        groups: [
          {
            name: '',
            rows: told.map((row) => ({
              name: row.name,
              tracker: row.tracker,
              draw: (x, y) =>
                html`${dot(x(inUnit(row.booked)), y, `mark ${kinds(row.name)}${short.includes(row) ? ' hollow' : ''}`, `${row.name}: ${formatBytes(row.booked * SLOT_BYTES)}`)}`,
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'by' },
          { name: 'reported, slots' },
          { name: 'booked, slots' },
          { name: 'serves the load' },
        ],
        trackerOf: ([name]) => rows.find((row) => row.name === name)?.tracker,
        rows: rows.map(({ name, reportedSlots, bookedSlots, served }) => [
          name,
          reportedSlots,
          bookedSlots,
          served === null ? null : served ? 'yes' : 'no',
        ]),
      },
    },
  ]
}
