/** The smallest pools by their number of areas, and the areas at the moment in which one was too small. */
import { countOf, SLOT_BYTES, verbOf } from '../../../data/units.js'
import { lineOf, poolOf, takeWords } from '../../parts/sizing.js'
import { percent, shortPath, slotsAsBytes } from '../../words.js'
import { dot, lineFrom, plain, rect } from '../chart.js'
import type { PageSize, PageSizing } from '../documents/size.js'
import type { Figure } from '../figure.js'
import { html, nothing } from '../html.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'

/** Why there is no answer. */
export const noAnswerWords = ({ atLeast }: PageSizing): string =>
  atLeast
    ? `No answer, since events were lost; at least ${atLeast.parameter}, ${slotsAsBytes(atLeast.slots)}.`
    : 'No pool size serves this trace.'

/** The line of each of several traces, and of all at once. */
export function eachFigure(size: PageSize): Figure[] {
  const { traces = [], together } = size
  const all = [...traces, ...(together ? [together] : [])]
  const told = all.map((sizing) => ({ sizing, pool: poolOf(sizing) }))
  const sizes = told.flatMap(({ sizing, pool }) => [pool?.slots ?? 0, sizing.demandPeakSlots])
  const { inUnit, axis } = slotsAxis(sizes, 'of pool', { log: true })
  const sentence = takeWords(traces, together).join(' ')
  return [
    {
      title: 'Each trace, and all at once',
      sentence,
      legend:
        'A dot is the pool to ask for, hollow where events were lost and it is the least; the short stroke is what is asked for at one time.',
      picture: rowsChart({
        label: `Each trace, and all at once. ${sentence}`,
        ...axis,
        groups: [
          {
            name: '',
            rows: told.map(({ sizing, pool }) => ({
              name: shortPath(sizing.name),
              marked: sizing === together,
              draw: (x, y) => {
                const peak = x(inUnit(sizing.demandPeakSlots))
                const kind = sizing.answer ? 'mark s0' : 'mark s0 hollow'
                const mark = pool ? dot(x(inUnit(pool.slots)), y, kind, pool.parameter) : nothing
                return html`${lineFrom(peak, y - 5, peak, y + 5, 'one')}${mark}`
              },
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'trace' },
          { name: 'asked for at one time, slots' },
          { name: 'line to ask for' },
        ],
        rows: all.map((sizing) => [sizing.name, sizing.demandPeakSlots, lineOf(sizing)]),
      },
    },
  ]
}

/** Nothing where no number of areas was tried. */
export function sizesFigure(sizing: PageSizing): Figure[] {
  const { rows, answer, demandPeakSlots } = sizing
  const served = rows.filter(({ serves }) => serves !== null)
  if (served.length === 0) return []
  const sizes = rows.flatMap(({ serves, noSpill, leastBytes }) => [
    serves?.slots ?? 0,
    noSpill?.slots ?? 0,
    leastBytes / SLOT_BYTES,
  ])
  const { inUnit, axis } = slotsAxis([...sizes, demandPeakSlots], 'of pool', { log: true })
  const sentence = answer
    ? `The smallest pool with no failed map is ${answer.parameter}, ${slotsAsBytes(answer.slots)} in ${countOf(answer.areas, 'area')}, where at most ${slotsAsBytes(demandPeakSlots)} are asked for at one time.`
    : noAnswerWords(sizing)
  return [
    {
      title: 'The smallest pools',
      sentence,
      legend:
        "Full dots: the smallest pool of so many areas with no failed map; hollow ones: with no map served by another CPU's area. " +
        'The short stroke is the least that a kernel makes of so many areas, the upright line what is asked for at one time. Bold: the answer.',
      picture: rowsChart({
        label: `The smallest pools. ${sentence}`,
        ...axis,
        behind: (x, top, bottom) =>
          demandPeakSlots > 0
            ? lineFrom(x(inUnit(demandPeakSlots)), top, x(inUnit(demandPeakSlots)), bottom, 'truth')
            : nothing,
        groups: [
          {
            name: '',
            rows: rows.map(({ areas, serves, noSpill, leastBytes }) => ({
              name: countOf(areas, 'area'),
              marked: areas === answer?.areas,
              draw: (x, y) => {
                const least = x(inUnit(leastBytes / SLOT_BYTES))
                const spill = noSpill
                  ? dot(x(inUnit(noSpill.slots)), y, 'mark s0 hollow', noSpill.parameter)
                  : nothing
                const smallest = serves
                  ? dot(x(inUnit(serves.slots)), y, 'mark s0', serves.parameter)
                  : nothing
                return html`${lineFrom(least, y - 5, least, y + 5, 'one')}${spill}${smallest}`
              },
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'areas' },
          { name: 'no failed map, slots' },
          { name: 'parameter' },
          { name: 'spills' },
          { name: 'no spill, slots' },
          { name: 'never less than, slots' },
        ],
        rows: rows.map(({ areas, serves, spills, noSpill, leastBytes }) => [
          areas,
          serves?.slots ?? null,
          serves?.parameter ?? null,
          serves ? spills : null,
          noSpill?.slots ?? null,
          leastBytes / SLOT_BYTES,
        ]),
      },
    },
  ]
}

/** How full each area was, and in what pieces its free slots lay; nothing where no map failed. */
export function fragmentFigure({ oneLess, answer }: PageSizing): Figure[] {
  const failed = oneLess?.failedMap
  if (!oneLess || !failed || failed.areas.length === 0 || !answer) return []
  const { areas, neededSlots, map, cpu } = failed
  const free = areas.reduce((sum, { freeSlots }) => sum + freeSlots, 0)
  const longest = Math.max(...areas.map(({ longestRun }) => longestRun))
  const shown = areas.some(({ freeSlots }) => freeSlots >= neededSlots)
  const all = areas.reduce((sum, { usedSlots, freeSlots }) => sum + usedSlots + freeSlots, 0)
  const sentence =
    `One step less, swiotlb=${oneLess.slots},${answer.areas}, map ${map} on CPU ${cpu} finds no ${countOf(neededSlots, 'slot')}: ` +
    `${countOf(free, 'slot')} ${verbOf(free, 'is', 'are')} free, ${percent(all > 0 ? free / all : 0)}, and the longest free run has ${longest}.`
  return [
    {
      title: 'The areas when the pool was too small',
      sentence,
      legend:
        'Of each area: used slots, then the longest free run, then what else is free. ' +
        (shown
          ? 'The stroke is what the map needed, from the begin of the free slots; where there is none, fewer are free.'
          : `The map needed ${countOf(neededSlots, 'slot')} in one run, more than are free in any area.`),
      picture: rowsChart({
        label: `The areas when the pool was too small. ${sentence}`,
        values: [0, ...areas.map(({ usedSlots, freeSlots }) => usedSlots + freeSlots)],
        log: false,
        axis: 'slots',
        show: plain,
        groups: [
          {
            name: '',
            rows: areas.map(({ area, usedSlots, freeSlots, longestRun }) => ({
              name: `area ${area}`,
              draw: (x, y) => {
                const need = x(usedSlots + neededSlots)
                return html`${rect(x(0), y - 6, x(usedSlots) - x(0), 12, 'part copy')}${rect(x(usedSlots), y - 6, x(usedSlots + longestRun) - x(usedSlots), 12, 'part search')}${rect(x(usedSlots + longestRun), y - 6, x(usedSlots + freeSlots) - x(usedSlots + longestRun), 12, 'part other')}${usedSlots + neededSlots <= usedSlots + freeSlots ? lineFrom(need, y - 8, need, y + 8, 'truth') : nothing}`
              },
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'area' },
          { name: 'used, slots' },
          { name: 'free, slots' },
          { name: 'longest free run, slots' },
        ],
        rows: areas.map(({ area, usedSlots, freeSlots, longestRun }) => [
          area,
          usedSlots,
          freeSlots,
          longestRun,
        ]),
      },
    },
  ]
}
