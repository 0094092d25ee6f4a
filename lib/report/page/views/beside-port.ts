/** A boot and the port on its trace: one and the same run, seen by the kernel and by the port. */
import { countOf, verbOf } from '../../../data/units.js'
import { slotsAsBytes } from '../../words.js'
import { dot, lineFrom } from '../chart.js'
import type { PageBoot } from '../documents/check.js'
import type { Figure, Value } from '../figure.js'
import { html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'
import { truthBar } from './marks.js'

interface Beside {
  readonly tracker: string
  /** By the kernel's probes. */
  readonly least: number
  readonly most: number
  /** By the port. */
  readonly peak: number
  /** In the kernel, and in the port; null without a mark. */
  readonly mark: number | null
  readonly portMark: number | null
  readonly events: number
}

const besideOf = ({ rows, replayed }: PageBoot): Beside[] =>
  replayed.flatMap(({ tracker, peakSlots: peak, reportedSlots: portMark, events }) => {
    const told = rows.find((row) => row.tracker === tracker)?.told
    if (!told?.truth) return []
    const { promise, after, truth } = told
    const mark = promise?.unmarked || !after ? null : after.hiwater
    return [{ tracker, ...truth, peak, mark, portMark, events }]
  })

const isOutside = ({ least, most, peak }: Beside): boolean => peak < least || peak > most

/** Whose peak in the port the probes do not allow. */
export const outsideOf = (boot: PageBoot): string[] =>
  besideOf(boot)
    .filter(isOutside)
    .map(({ tracker }) => tracker)

function sentenceOf(all: readonly Beside[]): string {
  const outside = all.filter(isOutside).length
  const inside = all.length - outside
  const both = all.filter(({ mark, portMark }) => mark !== null && portMark !== null)
  const same = both.filter(({ mark, portMark }) => mark === portMark).length
  return (
    `In ${inside} of ${countOf(all.length, 'boot')} the port's peak is what the kernel's probes say was in use` +
    (both.length === 0
      ? '.'
      : `; ${same} of ${countOf(both.length, 'mark')} ${verbOf(same, 'is', 'are')} the same in both.`)
  )
}

/** Nothing where no trace was replayed. */
export function besidePortFigure(boot: PageBoot, kinds: Kinds): Figure[] {
  const all = besideOf(boot)
  if (all.length === 0) return []
  const sentence = sentenceOf(all)
  const slots = all.flatMap(({ most, peak, mark, portMark }) => [
    most,
    peak,
    mark ?? 0,
    portMark ?? 0,
  ])
  const { inUnit, axis } = slotsAxis(slots, 'of bounce buffer')
  return [
    {
      title: 'The kernel beside the port',
      sentence,
      legend:
        "One and the same run of each. The upright line: what was in use at most by the kernel's probes. The cross stroke: the port's peak. " +
        "A full dot is the mark in the kernel, a hollow one that in the port, which takes the operations one after another. Bold: the port's peak is within the probes'.",
      picture: rowsChart({
        label: `The kernel beside the port. ${sentence}`,
        ...axis,
        groups: [
          {
            name: '',
            rows: all.map((one) => ({
              name: one.tracker,
              tracker: one.tracker,
              marked: !isOutside(one),
              draw: (x, y, height) => {
                const { tracker, least, most, peak, mark, portMark } = one
                const truth = truthBar(x(inUnit(least)), x(inUnit(most)), y, height)
                const at = x(inUnit(peak))
                const port = lineFrom(at - 6, y, at + 6, y, 'truth')
                const dotOf = (value: number | null, hollow: string, where: string) =>
                  value === null
                    ? nothing
                    : dot(
                        x(inUnit(value)),
                        y,
                        `mark ${kinds(tracker)}${hollow}`,
                        `${tracker}, in the ${where}: ${slotsAsBytes(value)}`,
                      )
                return html`${truth}${port}${dotOf(portMark, ' hollow', 'port')}${dotOf(mark, '', 'kernel')}`
              },
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'by probes, least, slots' },
          { name: 'by probes, most, slots' },
          { name: "port's peak, slots" },
          { name: "kernel's mark, slots" },
          { name: "port's mark, slots" },
          { name: 'events' },
        ],
        rows: all.map(({ tracker, least, most, peak, mark, portMark, events }): Value[] => [
          tracker,
          least,
          most,
          peak,
          mark,
          portMark,
          events,
        ]),
      },
    },
  ]
}
