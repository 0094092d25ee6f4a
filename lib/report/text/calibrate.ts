/** What a calibration measured, and the cost model that it makes. */

import type { Calibration } from '../../calibrate/calibrate.js'
import { moveWords } from '../../calibrate/moves.js'
import type { CostModel } from '../../data/cost-model.js'
import { countOf } from '../../data/units.js'
import { lineWords } from '../parts/line.js'
import { fitted, ns, percent, table, twoColumns, wrap } from '../words.js'

type Figure = CostModel['costs']['own']

/** `1.4`, or `too small to measure, below 0.3`. */
function figureText({ value, tooSmall }: Figure): string {
  if (!tooSmall) return ns(value)
  const { belowNs } = tooSmall
  return `too small to measure${belowNs === null ? '' : `, below ${ns(belowNs)}`}`
}

/** `100 % at once, 12 % after 3.1 ns`; nothing where it was not measured. */
function keptWords(kept: Calibration['kept']): string[] {
  const known = kept.filter(({ share }) => share.samples > 0)
  if (known.length === 0) return []
  const each = known.map(
    ({ afterNs, share }, i) =>
      `${percent(share.median)} ${i === 0 ? 'at once' : `after ${ns(afterNs)} ns`}`,
  )
  return ['', wrap(`a line that another core wants is still there: ${each.join(', ')}`)]
}

/** `yes`, `no`, or what the model has where it could not be told. */
const pairsWords = ({ value }: Calibration['pairs']): string =>
  value === null ? 'could not be told; assumed that they do' : value ? 'yes' : 'no'

/** Between which CPUs it was looked; nothing where these are two. */
const movesWords = ({ moves }: Calibration): string[] =>
  moves.length > 1
    ? ['', 'a line from one CPU to another', ...moves.map((move) => moveWords(move))]
    : []

export function calibrationText(calibration: Calibration): string {
  const { host, rounds, realtime, line, moves, measured, contradictions, warnings, model } =
    calibration
  const head = ['ns', 'median', 'lower\nquartile', 'upper\nquartile']
  const { costs } = model
  const byIndex = (pair: (typeof costs)['map']): string =>
    `${figureText(pair.runCounts)}; bitmap ${figureText(pair.bitmap)}`
  return [
    fitted(
      `${host.cpuModel}, ${countOf(host.cpus, 'CPU')}; Linux ${host.kernel}; ${host.compiler}; ${countOf(rounds, 'round')}, ${realtime ? 'lines moved in real time' : 'without real-time priority'}`,
    ),
    ...lineWords(line).map((words) => wrap(words)),
    '',
    table(
      head,
      measured.map(({ what, median, low, high }) => [what, ...[median, low, high].map(ns)]),
      head.slice(1),
    ),
    ...keptWords(calibration.kept),
    ...movesWords(calibration),
    '',
    'the cost model, ns',
    twoColumns([
      ['own line', figureText(costs.own)],
      ['further line of a walk', figureText(costs.walk ?? costs.own)],
      ['locked instruction, own line', figureText(costs.atomic)],
      ['shared line', figureText(costs.shared)],
      ['line from another core', figureText(costs.core)],
      ...(costs.complex
        ? [['line from another core complex', figureText(costs.complex)] as const]
        : []),
      ...(costs.socket ? [['line from another socket', figureText(costs.socket)] as const] : []),
      [
        'a wanted line stays for',
        calibration.hold.ns === null
          ? `not measured; assumed ${costs.hold.value}`
          : figureText(costs.hold),
      ],
      ...(costs.follow ? [['a move behind another', figureText(costs.follow)] as const] : []),
      ['lines come in pairs', pairsWords(calibration.pairs)],
      ['lock handed over', figureText(costs.handover)],
      ['clock read', figureText(costs.clock ?? costs.atomic)],
      ['map, outside the lock', byIndex(costs.map)],
      ['search, under the lock', byIndex(costs.search)],
      ['unmap, outside the lock', byIndex(costs.unmap)],
      ['release, under the lock', byIndex(costs.release)],
    ]),
    ...(costs.socket || moves.some(({ distance }) => distance === 'socket')
      ? []
      : [
          '',
          wrap(
            'Of another socket nothing can be measured here: the model is for machines of one socket ' +
              'until its "socket" is filled in.',
          ),
        ]),
    ...contradictions.map((words) => wrap(`contradiction: ${words}`)),
    ...warnings.map((words) => wrap(`warning: ${words}`)),
  ].join('\n')
}
