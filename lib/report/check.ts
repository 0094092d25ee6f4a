/** What a search of schedules found: the mark beside the truth, and the log that shows it. */

import type { OwnCheck } from '../own/types.js'
import { formatSlots } from '../scenario/units.js'
import type { CheckResult } from '../virtual/check.js'
import type { Finding, FindingName } from '../virtual/types.js'
import { countOf, joinWords, table, wrap } from './text.js'

const findingWords: Readonly<Record<FindingName, string>> = {
  under: 'the mark is under the peak, by more than is promised',
  over: 'the mark is over the peak, by more than is promised',
  used: 'at rest, used is not the number of slots in use',
  broken: 'an invariant of the allocator does not hold',
  deadlock: 'everybody waits for ever',
  endless: 'it goes on for ever',
  'below-truth': 'the mark is below the peak that really was',
  'above-truth': 'the mark is above the peak that really was',
  'above-pool': 'the mark is above what the pool has',
  fell: 'the mark fell though nobody reset it',
}

function facts({ pool, cpus, operations, accesses, ...finding }: Finding): string[][] {
  const { low, high } = finding.envelopeSlots
  return [
    ['seed', String(finding.seed)],
    [
      'scenario',
      `${countOf(cpus, 'CPU')}, ${countOf(operations, 'operation')}, ` +
        `${formatSlots(pool.slots)} in ${countOf(pool.areas, 'area')}; ${accesses} shared accesses`,
    ],
    ['reported', formatSlots(finding.reportedSlots)],
    ['really was', formatSlots(finding.truthSlots)],
    ['any order', low === high ? formatSlots(low) : `${low} to ${formatSlots(high)}`],
    ...(finding.broken === null ? [] : [['invariant', finding.broken]]),
  ]
}

export function findingText(finding: { readonly tracker: string } & Finding): string {
  const { tracker, findings, promiseBroken, log } = finding
  const shown = findings.map((name) => findingWords[name])
  return [
    wrap(`${tracker}: ${shown.length > 0 ? joinWords(shown) : 'nothing of note'}.`),
    '',
    table(['', ''], facts(finding)).replace(/^\s*\n/, ''),
    '',
    log.trimEnd(),
    '',
    promiseBroken ? 'The promise is broken.' : 'No promise is broken.',
  ].join('\n')
}

export function checkText(result: CheckResult): string {
  const { tracker, wanted, policy, schedules, accesses, found } = result
  const done = `${countOf(schedules, 'schedule')} (${policy}), ${accesses} shared accesses`
  if (found) return [`found after ${done}`, findingText({ tracker, ...found })].join('\n')
  const none = wanted === 'promise' ? `${tracker} kept its promise` : `${tracker}: no ${wanted}`
  return `${none} in ${done}, from seed ${result.seed}.`
}

/** `mine.h: does not compile, line 20: ...` */
export function faultText({ tracker, fault }: Pick<OwnCheck, 'tracker' | 'fault'>): string {
  return wrap(`${tracker}: ${fault}; not checked`)
}
