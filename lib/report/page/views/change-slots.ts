/** What changed since a base of marks, and of pools: two dots on a line, before and now. */
import { countOf, formatBytes, SLOT_BYTES } from '../../../data/units.js'
import { lookWords } from '../../parts/booked.js'
import { slotsAsBytes } from '../../words.js'
import { isChanged, type MarkChange } from '../base/changes.js'
import { dot, lineFrom } from '../chart.js'
import type { PageSizing } from '../documents/size.js'
import type { Figure, Value } from '../figure.js'
import { type Html, html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'
import { noAnswerWords } from './size.js'

const amount = (slots: number | null, none: string): string =>
  slots === null ? none : slotsAsBytes(slots)

/** `from 2 MiB to 4 MiB` */
const fromTo = (before: number | null, now: number | null, none: string): string =>
  `from ${amount(before, none)} to ${amount(now, none)}`

/** A number of slots before and now; null where there is none. */
interface SlotsChange {
  readonly name: string
  readonly tracker?: string | undefined
  /** The class of its dots. */
  readonly kind: string
  readonly before: number | null
  readonly now: number | null
  readonly changed: boolean
}

interface ChangeChart {
  readonly label: string
  readonly changes: readonly SlotsChange[]
  /** `of pool` */
  readonly of: string
  readonly log: boolean
}

/** Hollow before, full now. */
function changeChart({ label, changes, of, log }: ChangeChart): Figure['picture'] {
  const slots = changes.flatMap(({ before, now }) => [before ?? 0, now ?? 0])
  const { inUnit, axis } = slotsAxis(slots, of, { log })
  return rowsChart({
    label,
    ...axis,
    groups: [
      {
        name: '',
        rows: changes.map(({ name, tracker, kind, before, now, changed }) => ({
          name,
          tracker,
          marked: changed,
          draw: (x, y) => {
            const at = (value: number): number => x(inUnit(value))
            const between =
              before === null || now === null
                ? nothing
                : lineFrom(at(before), y, at(now), y, `whisker ${kind}`)
            const one = (value: number | null, hollow: string): Html =>
              value === null
                ? nothing
                : dot(at(value), y, `mark ${kind}${hollow}`, formatBytes(value * SLOT_BYTES))
            return html`${between}${one(before, ' hollow')}${one(now, '')}`
          },
        })),
      },
    ],
  })
}

const markWords = ({ before, now }: MarkChange): string => {
  const moved =
    before.reportedSlots === now.reportedSlots
      ? `stands otherwise to the truth, at ${amount(now.reportedSlots, 'none')}`
      : fromTo(before.reportedSlots, now.reportedSlots, 'none')
  const kept =
    before.promiseBroken === now.promiseBroken
      ? ''
      : `, and its promise is ${now.promiseBroken ? 'broken' : 'kept'} now`
  return `${now.tracker} ${moved}${kept}`
}

/**
 * Nothing where every mark is what it was.
 *
 * @param more that is to be known of such changes
 */
export function markChangeFigure(
  changes: readonly MarkChange[],
  kinds: Kinds,
  more = '',
): Figure[] {
  const changed = changes.filter(isChanged)
  if (changed.length === 0) return []
  const sentence = `${changed.length} of ${countOf(changes.length, 'mark')} changed: ${changed.map(markWords).join('; ')}.`
  return [
    {
      title: 'Change of the marks',
      sentence,
      legend: `Hollow: the mark in the base. Full: the mark now, in bold where it changed.${more}`,
      picture: changeChart({
        label: `Change of the marks. ${sentence}`,
        of: 'of bounce buffer',
        log: false,
        changes: changes.map((change) => ({
          name: change.now.tracker,
          tracker: change.now.tracker,
          kind: kinds(change.now.tracker),
          before: change.before.reportedSlots,
          now: change.now.reportedSlots,
          changed: isChanged(change),
        })),
      }),
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'base, slots' },
          { name: 'now, slots' },
          { name: 'error in the base, slots' },
          { name: 'error now, slots' },
          { name: 'promise kept in the base' },
          { name: 'promise kept now' },
        ],
        rows: changes.map(({ before, now }): Value[] => [
          now.tracker,
          before.reportedSlots,
          now.reportedSlots,
          before.errorSlots,
          now.errorSlots,
          before.promiseBroken ? 'no' : 'yes',
          now.promiseBroken ? 'no' : 'yes',
        ]),
      },
    },
  ]
}

const poolColumns: Figure['table']['columns'] = [{ name: 'base, slots' }, { name: 'now, slots' }]

const NO_POOL = 'none that serves'

const inBase = (before: PageSizing): string => `In the base: ${noAnswerWords(before)}`

/** The pool that is asked for, before and now: what a page of a sizing is about. */
export function answerWords(before: PageSizing, now: PageSizing): string {
  const [old, here] = [before.answer, now.answer]
  if (!here) {
    const base = old ? `In the base it was ${old.parameter}.` : inBase(before)
    return `${noAnswerWords(now)} ${base}`
  }
  if (!old) return `The smallest pool is ${here.parameter}. ${inBase(before)}`
  return old.parameter === here.parameter
    ? `The smallest pool is what it was in the base: ${here.parameter}.`
    : `The smallest pool is ${here.parameter}, ${slotsAsBytes(here.slots)}; in the base it was ${old.parameter}, ${slotsAsBytes(old.slots)}.`
}

const sizeChanges = (before: PageSizing, now: PageSizing): SlotsChange[] =>
  now.rows.flatMap(({ areas, serves }) => {
    const past = before.rows.find((row) => row.areas === areas)
    if (!past) return []
    const [old, here] = [past.serves?.slots ?? null, serves?.slots ?? null]
    const name = countOf(areas, 'area')
    return [{ name, kind: 's0', before: old, now: here, changed: old !== here }]
  })

/** By the number of areas; nothing where each is what it was. */
export function sizeChangeFigure(before: PageSizing, now: PageSizing): Figure[] {
  const changes = sizeChanges(before, now)
  const changed = changes.filter((one) => one.changed)
  if (changed.length === 0) return []
  const told = changed.map((one) => `in ${one.name} ${fromTo(one.before, one.now, NO_POOL)}`)
  const sentence = `The smallest pool that serves changed for ${changed.length} of ${countOf(changes.length, 'number')} of areas: ${told.join('; ')}.`
  return [
    {
      title: 'Change of the smallest pools',
      sentence,
      legend:
        'The smallest pool of so many areas with no failed map. Hollow: in the base. Full: now, in bold where it changed.',
      picture: changeChart({
        label: `Change of the smallest pools. ${sentence}`,
        of: 'of pool',
        log: true,
        changes,
      }),
      table: {
        columns: [{ name: 'areas' }, ...poolColumns],
        rows: changes.map(({ name, before: old, now: here }) => [name, old, here]),
      },
    },
  ]
}

const bookedChanges = (before: PageSizing, now: PageSizing, kinds: Kinds): SlotsChange[] => [
  ...now.booked.flatMap(({ tracker, bookedSlots: here }) => {
    const past = before.booked.find((row) => row.tracker === tracker)
    if (!past || (past.bookedSlots === null && here === null)) return []
    const [old, kind] = [past.bookedSlots, kinds(tracker)]
    return [{ name: tracker, tracker, kind, before: old, now: here, changed: old !== here }]
  }),
  ...now.sampling.flatMap(({ periodS, bookedSlots: here }) => {
    const past = before.sampling.find((row) => row.periodS === periodS)
    if (!past || (past.bookedSlots === null && here === null)) return []
    const [name, old] = [lookWords(periodS), past.bookedSlots]
    return [{ name, kind: 'off', before: old, now: here, changed: old !== here }]
  }),
]

/** What would be booked by each mark; nothing where each is what it was. */
export function bookedChangeFigure(before: PageSizing, now: PageSizing, kinds: Kinds): Figure[] {
  const changes = bookedChanges(before, now, kinds)
  const changed = changes.filter((one) => one.changed)
  if (changed.length === 0) return []
  const told = changed.map((one) => `by ${one.name} ${fromTo(one.before, one.now, 'nothing')}`)
  const sentence = `${changed.length} of ${countOf(changes.length, 'pool')} that would be booked changed: ${told.join('; ')}.`
  return [
    {
      title: 'Change of what would be booked',
      sentence,
      legend:
        'The pool that the kernel makes of each mark. Hollow: in the base. Full: now, in bold where it changed.',
      picture: changeChart({
        label: `Change of what would be booked. ${sentence}`,
        of: 'of pool',
        log: true,
        changes,
      }),
      table: {
        columns: [{ name: 'by' }, ...poolColumns],
        trackerOf: ([name]) => changes.find((one) => one.name === name)?.tracker,
        rows: changes.map(({ name, before: old, now: here }) => [name, old, here]),
      },
    },
  ]
}
