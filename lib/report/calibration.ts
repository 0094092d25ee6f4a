/** What a calibration measured, and the cost model that it makes. */
import type { Calibration } from '../virtual/calibrate.js'
import { ns, table, wrap } from './text.js'

export function calibrationText({ host, rounds, measured, model }: Calibration): string {
  const head = ['ns', 'median', 'lower\nquartile', 'upper\nquartile']
  const { costs } = model
  const byIndex = (pair: (typeof costs)['map']): string =>
    `${ns(pair.runCounts.value)}, bitmap ${ns(pair.bitmap.value)}`
  return [
    `${host.cpuModel}, ${host.cpus} CPUs; Linux ${host.kernel}; ${host.compiler}; ${rounds} rounds`,
    '',
    table(
      head,
      measured.map(({ what, median, low, high }) => [what, ...[median, low, high].map(ns)]),
      head.slice(1),
    ),
    '',
    'the cost model, ns',
    table(
      ['', ''],
      [
        ['own line', ns(costs.own.value)],
        ['locked instruction, own line', ns(costs.atomic.value)],
        ['shared line', ns(costs.shared.value)],
        ['line from another core', ns(costs.core.value)],
        ['a line stays where it is', ns(costs.hold.value)],
        ['lock handed over', ns(costs.handover.value)],
        ['map, outside the lock', byIndex(costs.map)],
        ['search, under the lock', byIndex(costs.search)],
        ['unmap, outside the lock', byIndex(costs.unmap)],
        ['release, under the lock', byIndex(costs.release)],
      ],
    ).replace(/^\s*\n/, ''),
    '',
    wrap(
      'Of another socket nothing can be measured here: the model is for machines of one socket ' +
        'until its "socket" is filled in.',
    ),
  ].join('\n')
}
