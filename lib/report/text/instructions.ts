/** What trackers cost in a booted kernel, as a table. */
import { checkObject } from '../../data/options.js'
import { countOf } from '../../data/units.js'
import type { Cost, CostRow, InstructionsResult } from '../../guest/instructions.js'
import { whyWords } from '../parts/guest.js'
import { table, wrap } from '../words.js'

const HEAD = ['tracker', 'map', 'against off', 'unmap', 'against off', 'build + boots, s']

const signed = (n: number): string => (n > 0 ? `+${n}` : `${n}`)

/** What both boots counted; null where they say nothing. */
const countedBy = ({ boots: [first], why }: CostRow): Cost | null =>
  why === null && first ? first : null

function rowOf(row: CostRow, off: Cost | null): string[] {
  const cost = countedBy(row)
  const against = (of: keyof Cost): string =>
    cost && off && row.tracker !== 'off' ? signed(cost[of] - off[of]) : ''
  return [
    row.tracker,
    cost ? `${cost.map}` : 'VOID',
    against('map'),
    cost ? `${cost.unmap}` : 'VOID',
    against('unmap'),
    `${row.buildSeconds.toFixed(0)} + ${row.bootSeconds.toFixed(0)}`,
  ]
}

const range = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low === high ? `${low}` : `${low} - ${high}`
}

/** Nanoseconds, from the least of the boots to the most. */
function timedTable(rows: readonly CostRow[]): string {
  const threads = rows.flatMap(({ timed }) => timed.map((one) => one.threads))
  const numbers = [...new Set(threads)]
  const head = numbers.flatMap((n) => [
    `map, ${countOf(n, 'thread')}`,
    `unmap, ${countOf(n, 'thread')}`,
  ])
  const cells = rows.map(({ tracker, timed }) => [
    tracker,
    ...numbers.flatMap((n) => {
      const boots = timed.find((one) => one.threads === n)?.boots ?? []
      if (boots.length === 0) return ['-', '-']
      return [range(boots.map(({ map }) => map)), range(boots.map(({ unmap }) => unmap))]
    }),
  ])
  return table(['tracker', ...head], cells, head)
}

const FASTER_HEAD = [
  'tracker',
  'instructions in 1 ns',
  'in a stretch',
  ...['map', 'against off', 'unmap', 'against off'],
  "off's map, ns",
]

const fasterWords = (stretch: number, off: Cost): string =>
  'These do what they do seldom by the clock, as a stretch of time is over, by default ' +
  `${stretch} ns. In the boots above a nanosecond is one instruction: a stretch is ${stretch} of them, ` +
  `and a map with off ${off.map}. Machines execute more in a nanosecond, so that fewer operations end a ` +
  'stretch; the rows are counted with stretches that are longer by as much. Which of them is a ' +
  "machine's, the same benchmark tells there: the nanoseconds of a map with off."

/** What a machine that is faster makes of trackers that do something by the clock. */
function fasterTable(rows: readonly CostRow[], off: Cost, stretch: number): string[] {
  const cells = rows.flatMap((row) => {
    const first = countedBy(row)
    if (first === null || row.faster === undefined) return []
    const rates = [{ perNanosecond: 1, boots: [first] }, ...row.faster]
    return rates.flatMap(({ perNanosecond, boots: [cost] }) =>
      cost === undefined
        ? []
        : [
            [
              row.tracker,
              `${perNanosecond}`,
              `${perNanosecond * stretch}`,
              ...[`${cost.map}`, signed(cost.map - off.map)],
              ...[`${cost.unmap}`, signed(cost.unmap - off.unmap)],
              (off.map / perNanosecond).toFixed(0),
            ],
          ],
    )
  })
  if (cells.length === 0) return []
  return [table(FASTER_HEAD, cells, FASTER_HEAD.slice(1)), wrap(fasterWords(stretch, off))]
}

const COUNTED =
  'Instructions of a map and of an unmap of 4 KiB, averaged and rounded down, with the copy and two ' +
  'readings of the clock in them, where two boots of the kernel counted the same. This is what the ' +
  'compiler made of the whole allocator with the tracker in it. It shows no cache misses, no contention ' +
  'and no waiting for a lock: one emulated CPU counts, and an instruction that others wait for counts ' +
  'as any other.'

const TIMED =
  "Nanoseconds of the same at this machine's own speed, each thread on a CPU of its own, from the " +
  'least of the boots to the most. Boots of one kernel follow each other; what lies within the range ' +
  'of off says nothing.'

/** @returns lines without an end */
export function instructionsText(result: InstructionsResult): string {
  const { kernel, version, pool, rows, untimed, stretch } = checkObject(
    'result',
    result,
    'what countInstructions() gives',
  )
  const [reference] = rows
  const off = reference ? countedBy(reference) : null
  const notes = rows.flatMap(({ tracker, why, fasterVoid = [], alarmLines }) => [
    ...(why === null ? [] : [whyWords(tracker, why)]),
    ...fasterVoid.map((one) =>
      whyWords(`${tracker} at ${one.perNanosecond} instructions in 1 ns`, one.why),
    ),
    ...alarmLines.map((line) => `${tracker}: ${line}`),
  ])
  const cells = rows.map((row) => rowOf(row, off))
  const counts = table(HEAD, cells, HEAD.slice(1))
  const faster = off && stretch !== undefined ? fasterTable(rows, off, stretch) : []
  return [
    wrap(
      `${kernel}${version === null ? '' : ` (Linux ${version})`}, static pool of ` +
        `${countOf(pool.slots, 'slot')} in ${countOf(pool.areas, 'area')}; one emulated CPU that ` +
        "counts instructions, the kernel's own benchmark (dma_map_benchmark) with one thread",
    ),
    counts,
    wrap(COUNTED),
    ...faster,
    ...(untimed === null
      ? [timedTable(rows), wrap(TIMED)]
      : [wrap(`No nanoseconds: ${untimed}. An emulator's times mean nothing.`)]),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n')
}
