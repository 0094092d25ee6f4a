/** A series in virtual time: how each tracker scales, and from where it is felt. */
import { lossThresholds, type Passing, passings } from '../virtual/scaling.js'
import type { Sweep } from './sweep.js'
import { joinWords, ns, percent, table, wrap } from './text.js'

type Side = 'full' | 'bare'

function trackersOf({ steps }: Sweep): string[] {
  return (steps[0]?.comparison.rows ?? []).filter((row) => row.virtual).map((row) => row.tracker)
}

function grid(sweep: Sweep, side: Side, cell: 'nsPerPair' | 'lostThroughput'): string {
  const names = trackersOf(sweep).filter((name) => cell === 'nsPerPair' || name !== 'off')
  const write = cell === 'nsPerPair' ? ns : percent
  return table(
    [sweep.parameter, ...names],
    sweep.steps.map(({ value, comparison }) => [
      String(value),
      ...names.map((name) => {
        const found = comparison.rows.find((row) => row.tracker === name)?.virtual?.[side]
        return found ? write(found[cell]) : '-'
      }),
    ]),
    [sweep.parameter, ...names],
  )
}

function passingWords({ tracker, from }: Passing, unit: string): string {
  const passed = lossThresholds.flatMap((share, i) => {
    const value = from[i]
    return typeof value === 'number' ? [`${percent(share)} from ${value} ${unit}`] : []
  })
  const missed = lossThresholds.find((_, i) => from[i] === null)
  const never = missed === undefined ? '' : `never passes ${percent(missed)}`
  if (passed.length === 0) return `${tracker} ${never}`
  return `${tracker} passes ${joinWords(passed)}${never && `, and ${never}`}`
}

function passed(sweep: Sweep, side: Side): string {
  const { steps, parameter } = sweep
  const names = trackersOf(sweep).filter((name) => name !== 'off')
  const found = passings(
    names,
    steps.map(({ value, comparison }) => ({ value, rows: comparison.rows })),
    side,
  )
  const unit = parameter === 'cpus' ? 'CPUs' : 'areas'
  return `Throughput lost to tracking: ${found.map((one) => passingWords(one, unit)).join('; ')}.`
}

/** Nothing where nothing was predicted. */
export function scalingText(sweep: Sweep): string[] {
  if (trackersOf(sweep).length === 0) return []
  const side = (name: Side, words: string): string[] => [
    '',
    `predicted ns of a map+unmap${words}`,
    grid(sweep, name, 'nsPerPair'),
    '',
    `predicted loss of throughput against off${words}`,
    grid(sweep, name, 'lostThroughput'),
    '',
    wrap(passed(sweep, name)),
  ]
  const bare = sweep.steps.some(({ comparison }) => comparison.rows[0]?.virtual?.bare)
  return [
    ...side('full', bare ? ', with copies' : ''),
    ...(bare ? side('bare', ', without copies') : []),
  ]
}
