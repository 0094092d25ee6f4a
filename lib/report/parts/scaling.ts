/** A series in virtual time: how each tracker scales, and from where it is felt. */
import { countOf } from '../../data/units.js'
import { lossThresholds, type Passing, passings } from '../../predict/scaling.js'
import type { Row } from '../../results/comparison.js'
import type { LargerAreas } from '../../results/figures.js'
import { fitted, joinWords, percent, predictedNs, table, wrap } from '../words.js'
import { steadyMark } from './noise.js'
import { rowOf, type Sweep, type SweepStep, trackersOf } from './steps.js'

type Side = 'full' | 'bare'

const predictedOf = ({ steps }: Sweep): string[] =>
  trackersOf(steps, (row) => row.virtual !== undefined)

/** What each `off` with larger areas than that of the table takes; an entry for each size. */
function largerOffs({ steps }: Sweep, side: Side): { name: string; ns: (number | null)[] }[] {
  const of = ({ comparison: { machine } }: SweepStep): readonly LargerAreas[] =>
    (side === 'full' ? machine?.largerAreas : machine?.largerAreasNoCopy) ?? []
  const sizes = [...new Set(steps.flatMap((step) => of(step).map(({ areaBytes }) => areaBytes)))]
  return sizes
    .sort((a, b) => a - b)
    .flatMap((size) => {
      const ns = steps.map((step) => {
        const areas = of(step).find(
          ({ areaBytes, offAreaBytes }) => areaBytes === size && areaBytes !== offAreaBytes,
        )
        const own = rowOf(step, 'off')?.virtual?.[side]?.nsPerPair
        return areas?.vsOff && own !== undefined ? areas.vsOff.ratio * own : null
      })
      return ns.some((one) => one !== null) ? [{ name: `off,\n${size} bytes`, ns }] : []
    })
}

/** As the ratio to `off` is marked, of which it is made. */
function marked(row: Row | undefined, side: Side, text: string): string {
  const throughput = side === 'full' ? row?.throughput : row?.throughputNoCopy
  return `${text}${throughput ? steadyMark(throughput.vsOff) : ''}`
}

/** @param mark what stands behind a figure that is to another `off` than the first column's */
function grid(
  sweep: Sweep,
  side: Side,
  cell: 'nsPerPair' | 'lostThroughput',
  mark: (row: Row | undefined, step: SweepStep) => string,
): string {
  const names = predictedOf(sweep).filter((name) => cell === 'nsPerPair' || name !== 'off')
  const write = cell === 'nsPerPair' ? predictedNs : percent
  const offs = cell === 'nsPerPair' ? largerOffs(sweep, side) : []
  const of = (name: string, step: SweepStep): string => {
    const row = rowOf(step, name)
    const value = row?.virtual?.[side]?.[cell] ?? null
    return value === null ? '-' : marked(row, side, write(value) + mark(row, step))
  }
  const [off, ...others] = names[0] === 'off' ? names : [undefined, ...names]
  const head = [
    ...(off === undefined ? [] : [off]),
    ...offs.map(({ name }) => name),
    ...others,
  ] as string[]
  return table(
    [sweep.parameter, ...head],
    sweep.steps.map((step, i) => [
      String(step.value),
      ...(off === undefined ? [] : [of(off, step)]),
      ...offs.map(({ ns }) => {
        const value = ns[i] ?? null
        return value === null ? '-' : write(value)
      }),
      ...others.map((name) => of(name as string, step)),
    ]),
    [sweep.parameter, ...head],
  )
}

/** `10 CPUs`, `1 and 10 CPUs`, `1, 2 and 8 to 64 CPUs` */
function valuesWords(values: readonly number[], of: readonly number[], unit: string): string {
  const last = values.at(-1)
  if (last === undefined) return ''
  const words = runsOf(values, of).flatMap((run) => {
    const [first, end] = [run[0] as number, run.at(-1) as number]
    return run.length > 2 ? [`${first} to ${end}`] : run.map(String)
  })
  return values.length === 1 ? countOf(last, unit) : `${joinWords(words)} ${unit}s`
}

/** Parts of rising values that have no other of a list between them. */
function runsOf(values: readonly number[], of: readonly number[]): number[][] {
  const runs: number[][] = []
  for (const value of values) {
    const run = runs.at(-1)
    if (run && of.indexOf(value) === of.indexOf(run.at(-1) as number) + 1) run.push(value)
    else runs.push([value])
  }
  return runs
}

/** Where a threshold is passed, in the order of the steps: `at 2 areas and from 8 areas on`. */
function passedAt(
  from: number | null,
  also: readonly number[],
  { counted, all }: { readonly counted: readonly number[]; readonly all: boolean },
  unit: string,
): string {
  if (all && from !== null && from === counted[0]) return 'at every step'
  const before = also.length > 0 ? `at ${valuesWords(also, counted, unit)}` : ''
  const rest =
    from === null
      ? ''
      : from === counted.at(-1)
        ? `at ${countOf(from, unit)}`
        : `from ${countOf(from, unit)} on`
  return [before, rest].filter(Boolean).join(' and ')
}

/** With an "and" before the last, unless more follows. */
const listed = (words: readonly string[], more: boolean): string =>
  more || words.length < 2
    ? words.join(', ')
    : `${words.slice(0, -1).join(', ')}, and ${words.at(-1)}`

function passingWords(
  { tracker, from, also, steps, leftOut }: Passing,
  values: readonly number[],
  of: number,
  unit: string,
): string {
  if (leftOut.length === steps)
    return `of ${tracker} nothing is known, as it has no settled figure at any step`
  const counted = values.filter((value) => !leftOut.includes(value))
  const all = counted.length === of && of > 1
  const passed = new Map<string, string[]>()
  for (const [i, share] of lossThresholds.entries()) {
    const where = passedAt(from[i] ?? null, also[i] ?? [], { counted, all }, unit)
    if (where) passed.set(where, [...(passed.get(where) ?? []), percent(share).replace(/ %$/, '')])
  }
  const missed = lossThresholds.find((_, i) => from[i] === null && also[i]?.length === 0)
  const never = missed === undefined ? '' : `never passes ${percent(missed)}`
  const asides = [
    ...(steps < of ? [`run at ${steps} of ${of} steps`] : []),
    ...(leftOut.length > 0
      ? [`without ${valuesWords(leftOut, values, unit)}, where it has no settled figure`]
      : []),
  ]
  const run = asides.length > 0 ? ` (${asides.join('; ')})` : ''
  if (passed.size === 0) return `${tracker}${run} ${never}`
  const words = [...passed].map(([where, shares]) => `${joinWords(shares)} % ${where}`)
  return `${tracker}${run} passes ${listed(words, never !== '')}${never && `, and ${never}`}`
}

function passed(sweep: Sweep, side: Side): string {
  const { steps, parameter } = sweep
  const names = predictedOf(sweep).filter((name) => name !== 'off')
  const all = passings(
    names,
    steps.map(({ value, comparison }) => ({ value, rows: comparison.rows })),
    side,
  )
  const found = all.filter((one) => one.steps > 0)
  const unit = parameter === 'cpus' ? 'CPU' : 'area'
  const valuesOf = (tracker: string): number[] =>
    steps
      .filter((step) => {
        const lost = rowOf(step, tracker)?.virtual?.[side]?.lostThroughput
        return lost !== undefined && lost !== null
      })
      .map(({ value }) => value)
      .sort((a, b) => a - b)
  const words = found.map((one) => passingWords(one, valuesOf(one.tracker), steps.length, unit))
  return `Throughput lost to tracking: ${words.join('; ')}.`
}

/** Nothing where nothing was predicted. */
export function scalingText(
  sweep: Sweep,
  mark: (row: Row | undefined, step: SweepStep) => string,
): string[] {
  if (predictedOf(sweep).length === 0) return []
  const side = (name: Side, words: string): string[] => [
    '',
    fitted(`predicted ns of a map+unmap${words}`),
    grid(sweep, name, 'nsPerPair', () => ''),
    '',
    fitted(`predicted loss of throughput against off${words}`),
    grid(sweep, name, 'lostThroughput', mark),
    '',
    wrap(passed(sweep, name)),
  ]
  const bare = sweep.steps.some(({ comparison }) =>
    comparison.rows.some((row) => row.virtual?.bare),
  )
  return [
    ...side('full', bare ? ', with copies' : ''),
    ...(bare ? side('bare', ', without copies') : []),
  ]
}
