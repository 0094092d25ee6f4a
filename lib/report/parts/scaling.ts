/** A series in virtual time: how each tracker scales, and from where it is felt. */
import { countOf } from '../../data/units.js'
import { lossThresholds, type Passing, passings } from '../../predict/scaling.js'
import type { Row } from '../../results/comparison.js'
import { fitted, joinWords, percent, predictedNs, table, wrap } from '../words.js'
import { steadyMark } from './noise.js'
import { rowOf, type Sweep, trackersOf } from './steps.js'

type Side = 'full' | 'bare'

const predictedOf = ({ steps }: Sweep): string[] =>
  trackersOf(steps, (row) => row.virtual !== undefined)

/** As the ratio to `off` is marked, of which it is made. */
function marked(row: Row | undefined, side: Side, text: string): string {
  const throughput = side === 'full' ? row?.throughput : row?.throughputNoCopy
  return `${text}${throughput ? steadyMark(throughput.vsOff) : ''}`
}

function grid(sweep: Sweep, side: Side, cell: 'nsPerPair' | 'lostThroughput'): string {
  const names = predictedOf(sweep).filter((name) => cell === 'nsPerPair' || name !== 'off')
  const write = cell === 'nsPerPair' ? predictedNs : percent
  return table(
    [sweep.parameter, ...names],
    sweep.steps.map((step) => [
      String(step.value),
      ...names.map((name) => {
        const row = rowOf(step, name)
        const found = row?.virtual?.[side]
        const value = found?.[cell] ?? null
        return value === null ? '-' : marked(row, side, write(value))
      }),
    ]),
    [sweep.parameter, ...names],
  )
}

/** `10 CPUs`, `1 and 10 CPUs` */
function valuesWords(values: readonly number[], unit: string): string {
  const last = values.at(-1)
  if (last === undefined) return ''
  return joinWords([...values.slice(0, -1).map(String), countOf(last, unit)])
}

function passingWords(
  { tracker, from, also, steps, leftOut }: Passing,
  of: number,
  unit: string,
): string {
  if (leftOut.length === steps)
    return `of ${tracker} nothing is known, as it has no settled figure at any step`
  const passed = lossThresholds.flatMap((share, i) => {
    const value = from[i] ?? null
    const others = also[i] ?? []
    const at = others.length === 0 ? '' : `at ${valuesWords(others, unit)}`
    if (value === null) return at ? [`${percent(share)} only ${at}`] : []
    return [`${percent(share)} from ${countOf(value, unit)}${at && ` and ${at}`}`]
  })
  const missed = lossThresholds.find((_, i) => from[i] === null && also[i]?.length === 0)
  const never = missed === undefined ? '' : `never passes ${percent(missed)}`
  const asides = [
    ...(steps < of ? [`run at ${steps} of ${of} steps`] : []),
    ...(leftOut.length > 0
      ? [`without ${valuesWords(leftOut, unit)}, where it has no settled figure`]
      : []),
  ]
  const run = asides.length > 0 ? ` (${asides.join('; ')})` : ''
  if (passed.length === 0) return `${tracker}${run} ${never}`
  return `${tracker}${run} passes ${joinWords(passed)}${never && `, and ${never}`}`
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
  return `Throughput lost to tracking: ${found.map((one) => passingWords(one, steps.length, unit)).join('; ')}.`
}

/** Nothing where nothing was predicted. */
export function scalingText(sweep: Sweep): string[] {
  if (predictedOf(sweep).length === 0) return []
  const side = (name: Side, words: string): string[] => [
    '',
    fitted(`predicted ns of a map+unmap${words}`),
    grid(sweep, name, 'nsPerPair'),
    '',
    fitted(`predicted loss of throughput against off${words}`),
    grid(sweep, name, 'lostThroughput'),
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
