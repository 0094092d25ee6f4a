/** What a calibration measured, and the cost model that it makes. */
import type { Calibration } from '../../calibrate/calibrate.js'
import type { CostModel } from '../../data/cost-model.js'
import { lineWords } from '../parts/line.js'
import { ns, table, twoColumns, wrap } from '../words.js'

type Figure = CostModel['costs']['own']

/** `1.4`, or `too small to measure, below 0.3`. */
function figureText({ value, tooSmall }: Figure): string {
  if (!tooSmall) return ns(value)
  const { belowNs } = tooSmall
  return `too small to measure${belowNs === null ? '' : `, below ${ns(belowNs)}`}`
}

export function calibrationText(calibration: Calibration): string {
  const { host, rounds, line, measured, contradictions, warnings, model } = calibration
  const head = ['ns', 'median', 'lower\nquartile', 'upper\nquartile']
  const { costs } = model
  const byIndex = (pair: (typeof costs)['map']): string =>
    `${figureText(pair.runCounts)}; bitmap ${figureText(pair.bitmap)}`
  return [
    `${host.cpuModel}, ${host.cpus} CPUs; Linux ${host.kernel}; ${host.compiler}; ${rounds} rounds`,
    ...lineWords(line).map((words) => wrap(words)),
    '',
    table(
      head,
      measured.map(({ what, median, low, high }) => [what, ...[median, low, high].map(ns)]),
      head.slice(1),
    ),
    '',
    'the cost model, ns',
    twoColumns([
      ['own line', figureText(costs.own)],
      ['further line of a walk', figureText(costs.walk ?? costs.own)],
      ['locked instruction, own line', figureText(costs.atomic)],
      ['shared line', figureText(costs.shared)],
      ['line from another core', figureText(costs.core)],
      ['a line stays where it is', `not measured, ${costs.hold.value}`],
      ['lock handed over', figureText(costs.handover)],
      ['map, outside the lock', byIndex(costs.map)],
      ['search, under the lock', byIndex(costs.search)],
      ['unmap, outside the lock', byIndex(costs.unmap)],
      ['release, under the lock', byIndex(costs.release)],
    ]),
    '',
    wrap(
      'Of another socket nothing can be measured here: the model is for machines of one socket ' +
        'until its "socket" is filled in.',
    ),
    ...contradictions.map((words) => wrap(`contradiction: ${words}`)),
    ...warnings.map((words) => wrap(`warning: ${words}`)),
  ].join('\n')
}
