/** How the benchmark's figures are written. */
import {
  type Layout,
  type Timing,
  type TrackerName,
  textTable,
  type VariantTiming,
} from 'swiotlb-lab'
import { type Band, type Figure, type Pooled, type Verdict, verdicts } from './figure.js'
import { regimeWords, type Sorting } from './regime.js'
import {
  changedRounds,
  noiseOf,
  nsOf,
  overOffOf,
  type Runs,
  runsByRegime,
  variantOf,
} from './tries.js'
import { bandOf, isSample, limitWords, poolRounds } from './verdict.js'

/** Columns under each other; one whose cells all begin with a digit or a sign is aligned right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = head.filter((_, i) => rows.every((row) => /^(?:[\d+]|-$|-\d)/.test(row[i] ?? '')))
  return textTable(head, rows, right)
}

/** Nanoseconds to three digits. */
export function ns(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)
}

/** `161 [160 - 162]`; `-` where every round was dropped. */
export function nsBand(band: Band | null): string {
  if (!band) return '-'
  const { median, low, high } = band
  return `${ns(median)} [${ns(low)} - ${ns(high)}]`
}

/** `1.81 [1.79 - 1.83]`, or `1.81` for what is no sample; `-` where every round was dropped. */
export function ratioBand(band: Band | null): string {
  if (!band) return '-'
  const { median, low, high } = band
  if (low === high) return median.toFixed(2)
  return `${median.toFixed(2)} [${low.toFixed(2)} - ${high.toFixed(2)}]`
}

/** `40 s`, `2.5 min` */
export function minutes(seconds: number): string {
  return seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`
}

/** A share from 0 to 1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)} %`
}

/** `1 thread`, `2 threads` */
export const threadWords = (threads: number): string =>
  `${threads} ${threads === 1 ? 'thread' : 'threads'}`

export function layoutWords({ areaLayout, counterLayout, slotIndex }: Layout): string {
  return `areas ${areaLayout}, counters ${counterLayout}, index ${slotIndex}`
}

const most = (values: readonly number[]): number => Math.max(...values)

function doubts(timings: readonly Timing[]): string[] {
  return [
    timings.some(({ oversubscribed }) => oversubscribed)
      ? 'oversubscribed: more threads than CPUs'
      : '',
    timings.every(({ pinned }) => pinned) ? '' : 'the threads are not pinned',
    timings.every(({ realtime }) => realtime) ? '' : 'SCHED_FIFO was refused',
  ].filter(Boolean)
}

/** How these tries were made and how far to trust them; one item a line. */
export function conditions({ runs, pick }: Runs): string {
  const timings = runs.map(({ timing }) => timing)
  const [first] = timings
  if (!first) return ''
  const noise = bandOf(runs.map((run) => pick(run, noiseOf(run))))
  const stolen = timings.map((timing) => timing.stolen)
  const known = stolen.filter((share) => share !== null)
  return [
    `  noise control: off against off ${ratioBand(noise)}; ` +
      `stolen time ${known.length === 0 ? 'unknown' : `at most ${percent(most(known))}`}; ` +
      `dropped at most ${percent(most(timings.map(({ dropped }) => dropped)))}; ` +
      `${triesCount(runs.length)} of ${first.rounds} rounds of ${first.sliceMs} ms; ` +
      `threads as CPU ${first.cpuIds.join(' and ')}; copies ${first.copy ? 'on' : 'off'}`,
    ...doubts(timings).map((text) => `  note: ${text}`),
  ].join('\n')
}

/** The table of what these trackers cost in some runs; `off` is one of them. */
export const costTable =
  (trackers: readonly TrackerName[]) =>
  (runs: Runs): string =>
    table(
      ['tracker', 'ns per map+unmap', 'x off'],
      trackers.map((tracker) => {
        const find = (run: VariantTiming) => variantOf(run, tracker)
        return [
          tracker,
          nsBand(nsOf(runs, find)),
          tracker === 'off' ? '1.00' : ratioBand(overOffOf(runs, find)),
        ]
      }),
    )

/** A table of these runs for each regime that they were in, with how it was made. */
export function byRegime(
  title: string,
  timed: readonly VariantTiming[],
  sorting: Sorting,
  tableOf: (runs: Runs) => string,
): string[] {
  return runsByRegime(timed, sorting).flatMap((runs) => [
    '',
    `${title}; timed CPUs: ${regimeWords(runs.regime)}`,
    tableOf(runs),
    conditions(runs),
  ])
}

/** Rounds that are in no table; nothing where there are none. */
export function changedText(runs: readonly VariantTiming[], sorting: Sorting): string[] {
  const changed = changedRounds(runs, sorting)
  return changed === 0
    ? []
    : [`  left out: ${changed} rounds in which the timed CPUs changed how they stand to each other`]
}

function valueBand(unit: Figure['unit'], band: Band): string {
  if (unit === 'per map') return band.median.toFixed(3)
  return unit === 'ratio' ? ratioBand(band) : `${ratioBand(band)} ${unit}`
}

/** `1 try`, `6 tries` */
const triesCount = (tries: number): string => `${tries} ${tries === 1 ? 'try' : 'tries'}`

/** A figure, of how many tries it is, and whether its band is no interval. */
function pooledWords({ unit }: Figure, pooled: Pooled): string {
  const { tooFew, rounds, tries, band } = pooled
  const few = tooFew ? `, ${rounds} ${rounds === 1 ? 'round' : 'rounds'} only` : ''
  return valueBand(unit, band) + (isSample(pooled) ? `, ${triesCount(tries)}` : '') + few
}

/** `met`; `cannot be told, 2 tries` */
function verdictWords(verdict: Verdict | null, tries: number): string {
  if (verdict === null) return '-'
  return verdict === 'too few tries: cannot be told'
    ? `cannot be told, ${triesCount(tries)}`
    : verdict
}

/** The medians of the tries of one regime, in their order: `1.80 1.79 1.83` */
function triesWords({ tries, pooled }: Figure, one: Pooled): string {
  const medians = tries
    .filter(({ regime }) => regime === pooled.indexOf(one))
    .map(({ rounds }) => poolRounds([rounds]).band.median.toFixed(2))
  return medians.length > 1 ? medians.join(' ') : '-'
}

const targetWords = ({ target }: Figure): string =>
  target ? `${target.kind}: ${limitWords(target.limits)}` : 'none'

/** Figures beside their targets, a line for each regime; all tries are there. */
export function figuresText(figures: readonly Figure[]): string {
  const head = [
    'what',
    'target',
    'timed CPUs',
    'measured, pooled',
    'tries',
    'noise control',
    'verdict',
  ]
  const rows = figures.flatMap((figure) =>
    figure.pooled.map((pooled) => [
      figure.what,
      targetWords(figure),
      regimeWords(pooled.regime),
      pooledWords(figure, pooled),
      triesWords(figure, pooled),
      pooled.noise ? ratioBand(pooled.noise) : '-',
      verdictWords(pooled.verdict, pooled.tries),
    ]),
  )
  const reasons = new Set(
    figures.flatMap(({ target }) =>
      target?.because === undefined ? [] : [`  regression value: ${target.because}`],
    ),
  )
  return [table(head, rows), ...reasons].join('\n')
}

/** How bad a figure of a series is: its verdict first, then which way its target is missed. */
function badness({ target }: Figure, { verdict, band }: Pooled): number {
  const { atLeast, atMost } = target?.limits ?? {}
  const log = Math.log(band.median)
  const far = atLeast === undefined ? log : atMost === undefined ? -log : Math.abs(log)
  return (verdict === null ? 0 : verdicts.indexOf(verdict)) * 1e3 + far
}

/** One regime of one series, or of one figure that is in none. */
interface SummaryLine {
  readonly what: string
  readonly target: string
  readonly regime: string
  readonly measured: string
  readonly verdict: string
}

function seriesLines(what: string, figures: readonly Figure[]): SummaryLine[] {
  const [first] = figures
  const all = figures.flatMap((one) => one.pooled.map((pooled) => ({ one, pooled })))
  const regimes = [...new Set(all.map(({ pooled }) => regimeWords(pooled.regime)))]
  return regimes.flatMap((regime) => {
    const items = all.filter(({ pooled }) => regimeWords(pooled.regime) === regime)
    const [worst] = [...items].sort((a, b) => badness(b.one, b.pooled) - badness(a.one, a.pooled))
    if (!first || !worst) return []
    const counts = verdicts
      .map((verdict) => ({
        verdict,
        count: items.filter(({ pooled }) => pooled.verdict === verdict).length,
      }))
      .filter(({ count }) => count > 0)
    return {
      what: `${what}; ${items.length} ${items.length === 1 ? 'cell' : 'cells'}, the worst: ${worst.one.what}`,
      target: targetWords(first),
      regime,
      measured: pooledWords(worst.one, worst.pooled),
      verdict: counts.map(({ count, verdict }) => `${count} ${verdict}`).join('; '),
    }
  })
}

/** A line for each figure and regime, or for the worst of a series. */
export function summaryLines(figures: readonly Figure[]): SummaryLine[] {
  const alone = figures
    .filter(({ series }) => series === undefined)
    .flatMap((one) =>
      one.pooled.map((pooled) => ({
        what: one.what,
        target: targetWords(one),
        regime: regimeWords(pooled.regime),
        measured: pooledWords(one, pooled),
        verdict: verdictWords(pooled.verdict, pooled.tries),
      })),
    )
  const names = [...new Set(figures.flatMap(({ series }) => series ?? []))]
  return [
    ...alone,
    ...names.flatMap((name) =>
      seriesLines(
        name,
        figures.filter(({ series }) => series === name),
      ),
    ),
  ]
}

/** The series alone, under the tables that hold their figures. */
export function seriesText(figures: readonly Figure[]): string {
  const lines = summaryLines(figures.filter(({ series }) => series !== undefined))
  return table(
    ['what', 'target', 'timed CPUs', 'measured, pooled', 'verdict'],
    lines.map((line) => [line.what, line.target, line.regime, line.measured, line.verdict]),
  )
}
