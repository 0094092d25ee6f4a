/** A series of comparisons in which one thing changes. */
import { countOf } from '../../data/units.js'
import type { Row } from '../../results/comparison.js'
import { costsOf } from '../parts/costs.js'
import {
  errorCell,
  peakWidth,
  rightWords,
  sharedTruth,
  truthCell,
  truthWords,
} from '../parts/findings.js'
import { frontierText, sweepToTell } from '../parts/frontier.js'
import { LARGER_LEGEND, largerMark } from '../parts/larger.js'
import { BROKEN_LEGEND, marksOf } from '../parts/marks.js'
import {
  formatRatio,
  noiseLegends,
  noiseMark,
  ratioDigits,
  standing,
  steadyMark,
} from '../parts/noise.js'
import { notesAbove, stepNotes } from '../parts/notes.js'
import { offSeriesWords } from '../parts/off-series.js'
import { scalingText } from '../parts/scaling.js'
import { rowOf, type Sweep, type SweepStep, stepNames, trackersOf } from '../parts/steps.js'
import { fitted, joinWords, slotsAsBytes, table, wrap } from '../words.js'

/** To how much of it the peak is known where that is least: 0 where it is known exactly at each. */
const unknownOf = (steps: readonly SweepStep[], tracker: string): number =>
  Math.max(0, ...steps.map((step) => peakWidth(rowOf(step, tracker)?.accuracy.truthSlots)))

/** Null where it has no mark to judge: it kept none, or there was no such run. */
const errorOf = (step: SweepStep, tracker: string): number | null =>
  rowOf(step, tracker)?.accuracy.errorSlots ?? null

/** ` at 1 and 2 CPUs, not run at 4 and 8 CPUs`; in a step that was run there is a mark. */
function missedWords({ parameter, steps }: Sweep, tracker: string): string {
  const missed = steps.filter((step) => errorOf(step, tracker) === null)
  return missed.length > 0 ? `, not run at ${stepNames(parameter, missed)}` : ''
}

/** The series of one tracker in words: its first step and its last; all, where no error is seen in any. */
function trackerFinding(sweep: Sweep, tracker: string): string {
  const { parameter } = sweep
  const done = sweep.steps.flatMap((step) => {
    const error = errorOf(step, tracker)
    return error === null ? [] : [{ step, error }]
  })
  const words = ({ step, error }: (typeof done)[number]): string => {
    const size = slotsAsBytes(Math.abs(error))
    const much =
      error === 0
        ? rightWords(unknownOf([step], tracker))
        : `${size} ${error > 0 ? 'over' : 'under'}`
    return `${much} at ${stepNames(parameter, [step])}`
  }
  const ends = done.length > 1 ? [done[0], done.at(-1)] : [done[0]]
  const said = done.every(({ error }) => error === 0)
    ? `${rightWords(
        unknownOf(
          done.map(({ step }) => step),
          tracker,
        ),
      )} at ${stepNames(
        parameter,
        done.map(({ step }) => step),
      )}`
    : ends.flatMap((end) => (end ? [words(end)] : [])).join(', ')
  // What its rows are marked for may have shown elsewhere than in them.
  const before = sweep.steps.some((step) => {
    const row = rowOf(step, tracker)
    return row?.promiseBroken && row.accuracy.promiseKept
  })
  const elsewhere = before ? ', in these runs only: a check before them found a fault (below)' : ''
  return `${tracker}: ${said}${missedWords(sweep, tracker)}${elsewhere}`
}

function sweepFinding(sweep: Sweep, trackers: readonly string[]): string {
  const right = trackers.filter((name) =>
    sweep.steps.every(
      (step) => errorOf(step, name) === 0 && rowOf(step, name)?.promiseBroken !== true,
    ),
  )
  const wrong = trackers.filter((name) => !right.includes(name))
  const exact = right.filter((name) => unknownOf(sweep.steps, name) === 0)
  const unseen = right.filter((name) => !exact.includes(name))
  const unknown = Math.max(0, ...unseen.map((name) => unknownOf(sweep.steps, name)))
  return [
    exact.length > 0 ? `${joinWords(exact)}: exact at every step` : '',
    unseen.length > 0 ? `${joinWords(unseen)}: ${rightWords(unknown)} at every step` : '',
    ...wrong.map((name) => trackerFinding(sweep, name)),
  ]
    .filter(Boolean)
    .join('; ')
}

/** What stands above the tables: once where all steps share it, else with the steps that it is of. */
function linesOfSteps(
  { parameter, steps }: Sweep,
  of: (step: SweepStep) => readonly string[],
): string[] {
  const byLine = new Map<string, SweepStep[]>()
  for (const step of steps) {
    for (const line of of(step)) byLine.set(line, [...(byLine.get(line) ?? []), step])
  }
  return [...byLine]
    .sort(([, a], [, b]) => Number(b.length === steps.length) - Number(a.length === steps.length))
    .map(([line, some]) =>
      some.length === steps.length ? line : `${stepNames(parameter, some)}: ${line}`,
    )
}

/** How it was made: what the steps share in words, and a table of what differs between them. */
function smallPrint(sweep: Sweep): string[] {
  const { parameter, steps } = sweep
  const notes = new Map(steps.map((step) => [step, stepNotes(step.comparison)]))
  const factOf = (step: SweepStep, name: string): string | undefined => notes.get(step)?.facts[name]
  const names = [...new Set(steps.flatMap((step) => Object.keys(notes.get(step)?.facts ?? {})))]
  const [first] = steps
  const isShared = (name: string): boolean =>
    first !== undefined && steps.every((step) => factOf(step, name) === factOf(first, name))
  const shared = names.filter(isShared)
  const own = names.filter((name) => !isShared(name))
  const inWords = shared.map(
    (name) => `${name.replaceAll('\n', ' ')}: ${first && factOf(first, name)}`,
  )
  return [
    ...(own.length > 0
      ? [
          '',
          fitted('how each step was made'),
          table(
            [parameter, ...own],
            steps.map((step) => [
              String(step.value),
              ...own.map((name) => factOf(step, name) ?? '-'),
            ]),
            [parameter, 'steps of\neach CPU', 'steps of\nwarm-up'],
          ),
        ]
      : []),
    '',
    ...(inWords.length > 0 ? [wrap(inWords.join('; '), '  ')] : []),
    ...linesOfSteps(sweep, (step) => notes.get(step)?.lines ?? []).map((note) => wrap(note, '  ')),
  ]
}

/** @param pool how the pool changes with the steps, in words; empty where it does not */
export function sweepText(given: Sweep, pool = ''): string {
  const sweep = sweepToTell(given)
  const { parameter, steps } = sweep
  const marked = trackersOf(steps, (row) => row.accuracy.reportedSlots !== null)
  const timed = trackersOf(
    steps,
    (row) => row.tracker !== 'off' && (row.throughput ?? row.throughputNoCopy) !== null,
  )
  const truths = steps.map((step) => sharedTruth(step.comparison.rows))
  // Else each tracker's run had a peak of its own: one for all beside their marks would mislead.
  const shared = truths.every((truth) => truth !== undefined)
  const grid = (
    names: readonly string[],
    cell: (row: Row | undefined, step: SweepStep) => string,
  ): string =>
    table(
      [parameter, 'pool', ...(shared ? ['really was'] : []), ...names],
      steps.map((step, i) => [
        String(step.value),
        `${slotsAsBytes(step.comparison.pool.slots)}, ${countOf(step.comparison.pool.areas, 'area')}`,
        ...(shared && truths[i] ? [truthWords(truths[i])] : []),
        ...names.map((name) => cell(rowOf(step, name), step)),
      ]),
      [parameter],
    )
  const reported = grid(marked, (row) => {
    const { reportedSlots, truthSlots } = row?.accuracy ?? {}
    if (reportedSlots === null || reportedSlots === undefined || !truthSlots) return '-'
    return slotsAsBytes(reportedSlots) + (shared ? '' : ` of ${truthCell(truthSlots)}`)
  })
  const errors = grid(marked, (row) => {
    const { errorSlots, truthSlots } = row?.accuracy ?? {}
    if (errorSlots === null || errorSlots === undefined || !truthSlots) return '-'
    return (
      errorCell(errorSlots, truthSlots) + marksOf({ promiseBroken: row?.promiseBroken === true })
    )
  })
  const reportedHead = shared
    ? 'reported'
    : "reported, of the peak that really was in the tracker's own run"
  const broken = steps.some((step) => step.comparison.rows.some((row) => row.promiseBroken))
    ? [fitted(BROKEN_LEGEND)]
    : []
  const largerAt = (row: Row | undefined, { comparison }: SweepStep): string => {
    const larger = (comparison.machine ?? comparison.timing)?.largerAreas ?? []
    return row ? largerMark(row, larger) : ''
  }
  const ratios = (copies: boolean): string =>
    grid(timed, (row, step) => {
      const { comparison } = step
      const ratio = (copies ? row?.throughput : row?.throughputNoCopy)?.vsOff
      const { full, bare } = costsOf(comparison)
      const noise = (copies ? full : bare)?.noise ?? null
      if (!ratio) return '-'
      // Without its interval a bare figure would look as sure as the others.
      const unknown = standing(ratio, noise) === 'unknown'
      const told = unknown ? formatRatio(ratio) : ratioDigits(ratio) + steadyMark(ratio)
      return told + largerAt(row, step) + noiseMark(ratio, noise)
    })
  const bare = steps.some((step) => costsOf(step.comparison).bare)
  const costs = [
    ...(timed.length > 0 ? ['', 'cost of a map+unmap, times that of off', ratios(true)] : []),
    ...(bare && timed.length > 0 ? ['', 'the same without copies', ratios(false)] : []),
  ]
  const scaling = scalingText(sweep, largerAt)
  const isMarked = timed.some((name) => steps.some((step) => largerAt(rowOf(step, name), step)))
  return [
    fitted(`${steps[0]?.comparison.scenario.name ?? ''}   a series over ${parameter}`),
    ...linesOfSteps(sweep, ({ comparison }) => notesAbove(comparison)).map((note) =>
      wrap(note, '  '),
    ),
    ...(marked.length > 0
      ? ['', fitted(reportedHead), reported, '', 'error', errors, ...broken]
      : []),
    ...(pool === '' ? [] : [fitted(pool)]),
    ...costs,
    ...frontierText(sweep),
    ...scaling,
    ...(isMarked ? [fitted(LARGER_LEGEND)] : []),
    ...noiseLegends(costs).map(fitted),
    ...smallPrint(sweep),
    '',
    ...offSeriesWords(sweep).map((text) => wrap(text)),
    wrap(
      marked.length > 0 ? `${sweepFinding(sweep, marked)}.` : 'None of the trackers keeps a mark.',
    ),
  ].join('\n')
}
