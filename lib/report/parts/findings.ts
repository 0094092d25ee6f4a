/** What a comparison found, in words that are made from its figures alone. */
import { reportedWords, slotWords } from '../../data/units.js'
import { falselyCertifiedIn } from '../../measure/certified.js'
import { brokenSide } from '../../native/trackers.js'
import type { Accuracy, Comparison, Row, Throughput } from '../../results/comparison.js'
import type { Ratio } from '../../results/figures.js'
import type { TrackerFileReport } from '../../tracker-file/types.js'
import { formatError, joinWords, slotsAsBytes } from '../words.js'
import { type Costed, type CostSide, costsOf } from './costs.js'
import { changeWords, moveWords } from './line.js'
import {
  differ,
  doubtWords,
  isDoubtful,
  ratioDigits,
  type Standing,
  standing,
  unknownWords,
} from './noise.js'
import { onlyHereWords } from './tracker-files.js'

/** `4.37 MiB`, or `between 4.37 MiB and 4.5 MiB` where the order was not known. */
export function truthWords(truth: Accuracy['truthSlots']): string {
  if (truth.low === truth.high) return slotsAsBytes(truth.low)
  return `between ${slotsAsBytes(truth.low)} and ${slotsAsBytes(truth.high)}`
}

/** Slots between which the peak is not known; 0 where it is known exactly. */
export const peakWidth = (truth: Accuracy['truthSlots'] | undefined): number =>
  truth ? truth.high - truth.low : 0

/** What an error of 0 says of a mark: `exact`, but no more than what is known of the peak. */
export const rightWords = (unknownSlots: number): string =>
  unknownSlots === 0
    ? 'exact'
    : `no error seen (the peak is known to ${slotsAsBytes(unknownSlots)})`

/** An error beside the end of the truth that lies nearest to the mark; `-` where there is no mark. */
export const errorCell = (
  errorSlots: number | null | undefined,
  truth: Accuracy['truthSlots'],
): string =>
  errorSlots === null || errorSlots === undefined
    ? '-'
    : formatError(errorSlots, errorSlots < 0 ? truth.low : truth.high)

/** The peak in a cell of a table. */
export function truthCell({ low, high }: Accuracy['truthSlots']): string {
  return low === high ? slotsAsBytes(low) : `${slotsAsBytes(low)} - ${slotsAsBytes(high)}`
}

/** The same with its slots. */
export function truthInFull(truth: Accuracy['truthSlots']): string {
  const { low, high } = truth
  return `${truthWords(truth)} (${low === high ? slotWords(low) : `${low} - ${slotWords(high)}`})`
}

/** `from 4.37 MiB to 4.5 MiB`: where each run has a peak of its own. */
export function truthRange(rows: readonly Row[]): string {
  const truths = rows.map((row) => row.accuracy.truthSlots)
  const low = Math.min(...truths.map((truth) => truth.low))
  const high = Math.max(...truths.map((truth) => truth.high))
  return `from ${slotsAsBytes(low)} to ${slotsAsBytes(high)}`
}

/** The peak that all runs had; undefined where each has its own, as with threads. */
export function sharedTruth(rows: readonly Row[]): Accuracy['truthSlots'] | undefined {
  const [first, ...others] = rows.map((row) => row.accuracy.truthSlots)
  const same = others.every((truth) => truth.low === first?.low && truth.high === first.high)
  return same ? first : undefined
}

/** Trackers whose report was further from the truth than they promise. */
const brokenPromises = (rows: readonly Row[]): readonly Row[] =>
  rows.filter((row) => !row.accuracy.promiseKept)

/** What it promised of the mark, and what it reported; or what it certified and cannot have been. */
function promiseBrokenWords({ accuracy }: Row): string {
  const certified = falselyCertifiedIn(accuracy)
  return certified === undefined
    ? ` (${brokenSide(accuracy)}): ${reportedWords(accuracy.reportedSlots)}`
    : `: ${certified}`
}

const names = (rows: readonly Row[]): string => joinWords(rows.map((row) => row.tracker))
const verb = (rows: readonly unknown[], one: string, many: string): string =>
  rows.length === 1 ? one : many

/** Which trackers were right, which were not, and by how much. */
function accuracyFinding(rows: readonly Row[], own: readonly TrackerFileReport[]): string {
  const first = rows[0]
  if (!first) return ''
  const marked = rows.filter((row) => row.accuracy.errorSlots !== null)
  const here = ({ tracker, accuracy }: Row): string =>
    accuracy.promiseKept ? onlyHereWords(own, tracker) : ''
  const right = marked.filter((row) => row.accuracy.errorSlots === 0 && here(row) === '')
  const exact = right.filter(({ accuracy }) => peakWidth(accuracy.truthSlots) === 0)
  const unseen = right.filter((row) => !exact.includes(row))
  const truth = sharedTruth(rows)
  const it = truth ? 'it' : 'its own'
  const parts = [
    exact.length > 0
      ? `${names(exact)} ${verb(exact, `reports ${it}`, `report ${truth ? it : 'theirs'}`)} exactly`
      : '',
    unseen.length > 0 ? `no error is seen of ${names(unseen)}` : '',
    ...marked.map((row) => {
      const { tracker, accuracy } = row
      const { errorSlots, reportedSlots, truthSlots, verdict } = accuracy
      if (errorSlots === null || reportedSlots === null) return ''
      const only = here(row)
      if (errorSlots === 0) {
        const how = peakWidth(truthSlots) === 0 ? `reports ${it} exactly` : 'shows no error'
        return only && `${tracker} ${how}${only}`
      }
      if (reportedSlots < 0) return `of ${tracker} ${slotWords(reportedSlots)}`
      const kept = (verdict === 'within' ? ', within its bound' : '') + only
      const ofIts = truth ? '' : ' of its own'
      if (errorSlots < 0) return `${tracker} misses ${slotsAsBytes(-errorSlots)}${ofIts}${kept}`
      const factor =
        truthSlots.high > 0 ? reportedSlots / truthSlots.high : Number.POSITIVE_INFINITY
      const much =
        factor >= 1.1 && factor < 1e6
          ? `${factor.toFixed(1)} times as much`
          : `${slotsAsBytes(errorSlots)} too much`
      return `${tracker} reports ${slotsAsBytes(reportedSlots)}, ${much}${kept}`
    }),
  ].filter(Boolean)
  const broken = brokenPromises(rows)
  const peak = truth
    ? `The peak really was ${truthWords(truth)}`
    : `Each tracker's run had a peak of its own, ${truthRange(rows)}`
  return [
    `${peak}${parts.length > 0 ? `: ${parts.join('; ')}` : ''}.`,
    ...broken.map((row) => `${row.tracker} broke its promise${promiseBrokenWords(row)}.`),
  ].join(' ')
}

/** Where the mean of the chunks tells another story than their median. */
function meanWords(
  timed: readonly ({ readonly tracker: string } & Throughput)[],
  noise: Ratio | null,
): string[] {
  const apart = timed.filter(({ vsOff, mean }) => mean && differ(vsOff, mean.vsOff, noise))
  if (apart.length === 0) return []
  const ratios = apart.map(({ tracker, mean }) => `${tracker} ${mean?.vsOff.ratio.toFixed(2)}`)
  return [`By the mean of the chunks in place of their median: ${joinWords(ratios)} times.`]
}

/** A prediction, which has no interval, that is 1.00: more digits would say more than is known. */
const isAsMuch = ({ ratio, low, high, settled }: Ratio): boolean =>
  low === high && settled !== false && ratio.toFixed(2) === '1.00'

/**
 * `with copies, a line moving in 190 ns,`
 *
 * @param end behind an aside
 */
function whereWords({ copy, line }: CostSide, end = ''): string {
  const [regime] = line?.regimes ?? []
  const copies = copy ? 'with copies' : 'without copies'
  return regime ? `${copies}, a line moving in ${moveWords(regime)}${end}` : copies
}

/** From so many on, names that end a sentence of the summary are called the others. */
const OTHERS = 4

/**
 * What the trackers cost, as far as it stands out of the noise.
 *
 * @param inFull with each name, and what they cost where a line moved otherwise
 */
function costFinding<R extends { readonly tracker: string }>(
  rows: readonly R[],
  side: CostSide | null,
  of: (row: R) => Throughput | null | undefined,
  inFull: boolean,
): string {
  if (!side) return ''
  const timed = rows.flatMap((row) => {
    const found = of(row)
    return row.tracker === 'off' || !found ? [] : [{ tracker: row.tracker, ...found }]
  })
  if (timed.length === 0) return ''
  const measured = timed.map(({ tracker, vsOff }) => ({ tracker, ratio: vsOff }))
  const changed = inFull ? changeWords(side, timed) : []
  if (isDoubtful(side.noise)) {
    const doubt = `Off was not itself in a map+unmap ${whereWords(side)}: ${doubtWords(side.noise)}`
    return [doubt, ...changed].join(' ')
  }
  const asMuch = measured.filter(({ ratio }) => isAsMuch(ratio))
  const which = (wanted: Standing) =>
    measured.filter(({ ratio }) => !isAsMuch(ratio) && standing(ratio, side.noise) === wanted)
  const ratios = (some: typeof measured): string =>
    joinWords(some.map(({ tracker, ratio }) => `${tracker} ${ratioDigits(ratio)}`))
  const [slower, faster, same] = [which('slower'), which('faster'), which('same')]
  const unknown = unknownWords(which('unknown'), side.noise)
  const told = slower.length + asMuch.length
  const areOthers = !inFull && told > 0 && told + same.length === measured.length
  const who =
    areOthers && same.length >= OTHERS
      ? `the other ${same.length}`
      : joinWords(same.map((row) => row.tracker))
  const parts = [
    slower.length > 0 ? `${ratios(slower)} times off` : '',
    asMuch.length > 0 ? `${joinWords(asMuch.map((row) => row.tracker))} as much as off` : '',
    same.length > 0 ? `${who} cannot be told from off` : '',
    ...unknown.map(
      ({ of: some, why }) => `not known of ${joinWords(some.map((row) => row.tracker))}, ${why}`,
    ),
  ].filter(Boolean)
  if (parts.length === 0) parts.push('nothing that stands out of the noise')
  // No tracker does less than the off with areas of its size: being below it says how far off the
  // measuring is; in virtual time, how much hangs on the order in which CPUs happen to meet.
  const why = side.predicted
    ? 'so differences of that size come from the order in which the CPUs meet'
    : "so differences of that size are not the trackers'"
  const below =
    faster.length > 0
      ? ` ${side.predicted ? 'Predicted' : 'Measured'} below off, which does less: ${ratios(faster)}; ${why}.`
      : ''
  const costs = side.predicted ? 'is predicted to cost' : 'costs'
  return [
    `A map+unmap ${whereWords(side, ',')} ${costs}: ${parts.join('; ')}.${below}`,
    ...meanWords(timed, side.noise),
    ...changed,
  ].join(' ')
}

/** One line each for the cost, and for the cost without copies. */
export function costFindings<R extends { readonly tracker: string }>(
  rows: readonly R[],
  costed: Costed,
  of: (row: R) => Pick<Row, 'throughput' | 'throughputNoCopy'> | undefined,
  inFull = true,
): string[] {
  const { full, bare } = costsOf(costed)
  return [
    costFinding(rows, full, (row) => of(row)?.throughput, inFull),
    costFinding(rows, bare, (row) => of(row)?.throughputNoCopy, inFull),
  ].filter(Boolean)
}

type Compared = Pick<Comparison, 'rows'> & Costed

/**
 * One line each for the marks, for the cost, and for the cost without copies.
 *
 * @param own what checks of tracker files have shown, which stands above
 */
export function findings(
  { rows, ...costed }: Compared,
  own: readonly TrackerFileReport[] = [],
  inFull = true,
): string[] {
  return [accuracyFinding(rows, own), ...costFindings(rows, costed, (row) => row, inFull)].filter(
    Boolean,
  )
}

/** The same in short, where each row's figures stand in a table, and {@link regimeTable} below it. */
export const summary = (compared: Compared, own: readonly TrackerFileReport[] = []): string[] =>
  findings(compared, own, false)
