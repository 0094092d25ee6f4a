/** What a search of schedules found: the mark beside the truth, and the log that shows it. */
import { countOf } from '../../data/units.js'
import { type CheckResult, type Finding, wantedFindings } from '../../results/check.js'
import { differWords, usedAdvice } from '../../tracker-file/advice.js'
import type { TrackerFileCheck } from '../../tracker-file/types.js'
import {
  accessWords,
  coverageWords,
  factsOf,
  policyWords,
  promiseWords,
  searchedLines,
  sentencesOf,
} from '../parts/check.js'
import { fitted, twoColumns, wrap } from '../words.js'
import { accountText } from './account.js'

export function findingText(finding: { readonly tracker: string } & Finding): string {
  const { tracker, findings, promiseBroken } = finding
  return [
    wrap(`${tracker}: ${sentencesOf(finding)}`),
    '',
    twoColumns(factsOf(finding)),
    ...(findings.includes('used') ? ['', wrap(`To mend used: ${usedAdvice(finding)}.`)] : []),
    '',
    ...accountText(finding),
    '',
    promiseBroken ? 'The promise is broken.' : 'No promise is broken.',
  ].join('\n')
}

/** Where it was searched, and what the promise does not cover. */
const searchedText = (result: CheckResult): string =>
  searchedLines(result)
    .map((line) => wrap(line))
    .join('\n')

/** Of a promise that was kept, in what was run. */
function limitWords({ wanted, coverage }: CheckResult): string {
  if (wanted !== 'promise' || !coverage?.known || coverage.unreached.length === 0) return ''
  return ', as far as its code was run'
}

const wordsOfNone = ({ tracker, wanted, ...result }: CheckResult): string =>
  wanted === 'promise'
    ? `${tracker} kept its promise (${promiseWords(result)})`
    : `${tracker}: no ${wanted}`

/** What is known of many trackers and breaks no promise: it is looked for only when it is asked for. */
function othersWords({ wanted, promise, until }: CheckResult): string {
  const ends = until.map(({ what }) => what)
  const others = wantedFindings.filter((name) => {
    if (name === 'reset' || name === 'transient') return ends.includes(name)
    // Nobody expects anything of a mark of which nothing is promised.
    return name !== 'promise' && (name !== 'below-truth' || promise !== 'none')
  })
  const names = others.filter((name) => name !== wanted)
  return `other things to look for: --wanted ${names.join(', ')}`
}

/** @param broken what short runs showed, one operation after another; the search found nothing then */
export function checkText(result: CheckResult, broken: readonly string[] = []): string {
  const { tracker, schedules, accesses, loaded, longest, found, differ } = result
  const done =
    `${countOf(schedules, 'schedule')} ${policyWords(result)} of up to ${countOf(longest, 'operation')}, ` +
    `${loaded} of them behind a load, ${accessWords(accesses, 'shared access')}`
  if (found) {
    const text = findingText({ tracker, ...found })
    return [fitted(`found after ${done}`), searchedText(result), '', text].join('\n')
  }
  if (differ) {
    const text = wrap(`${tracker}: ${differWords(differ)}.`)
    return [text, wrap(`It was met after ${done}.`), searchedText(result)].join('\n')
  }
  const none = broken.length > 0 ? 'No schedule showed it' : wordsOfNone(result)
  const shown = broken.map((words) => wrap(`${tracker}: ${words}.`))
  return [
    ...shown,
    wrap(`${none} in ${done}, from seed ${result.seed}${limitWords(result)}.`),
    searchedText(result),
    ...(result.coverage ? [wrap(coverageWords(result.coverage))] : []),
    wrap(othersWords(result)),
  ].join('\n')
}

/** `mine.h: does not compile, line 20: ...` */
export function faultText({ tracker, fault }: Pick<TrackerFileCheck, 'tracker' | 'fault'>): string {
  return wrap(`${tracker}: ${fault}; not checked`)
}
