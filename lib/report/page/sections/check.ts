/** Searches of schedules, what they found, and tracker files of which nothing could be found out. */
import { countOf } from '../../../data/units.js'
import type { Finding } from '../../../results/check.js'
import { differWords } from '../../../tracker-file/advice.js'
import {
  accessWords,
  coverageWords,
  factsOf,
  policyWords,
  promiseWords,
  searchedLines,
  sentencesOf,
} from '../../parts/check.js'
import type { PageCheck, PageFailed, PageFinding } from '../documents/check.js'
import type { Kinds } from '../kinds.js'
import { marksFigure } from '../views/marks.js'
import { NO_HOST, type Section } from './section.js'

/** The mark beside what any order of the operations allows, in the schedule that was found. */
const foundFigure = (
  tracker: string,
  promise: string,
  found: Finding | null,
  kinds: Kinds,
): Section['figures'] =>
  found === null
    ? []
    : marksFigure(
        [
          {
            tracker,
            promise,
            reportedSlots: found.reportedSlots,
            errorSlots:
              found.reportedSlots > found.envelopeSlots.high
                ? found.reportedSlots - found.envelopeSlots.high
                : Math.min(0, found.reportedSlots - found.envelopeSlots.low),
            truthSlots: found.envelopeSlots,
            promiseBroken: found.promiseBroken,
          },
        ],
        kinds,
      )

const logLines = (found: Finding | null): string[] => found?.log.split('\n').filter(Boolean) ?? []

const ownFacts = ({ own }: Pick<PageCheck, 'own'>): Section['facts'] =>
  own ? [['tracker file', `${own.file}${own.compiler === null ? '' : `, ${own.compiler}`}`]] : []

const foundWords = (found: Finding): string =>
  `Seed ${found.seed}: ${sentencesOf(found)}${found.promiseBroken ? ' The promise is broken.' : ' No promise is broken.'}`

const brokenWarning = (tracker: string, found: Finding | null): string[] =>
  found?.promiseBroken ? [`${tracker} broke its promise`] : []

function foundOf({ wanted, found, differ, own }: PageCheck, tried: string): string {
  if (found) return foundWords(found)
  if (differ) return `${differWords(differ)}.`
  if (own?.broken?.length) return `No schedule showed it in ${tried}.`
  const what = wanted === 'promise' ? 'No broken promise' : `No ${wanted}`
  return `${what} was found in ${tried}, which says nothing of others.`
}

export function checkSection(check: PageCheck, kinds: Kinds): Section {
  const { tracker, wanted, found, differ, schedules, loaded, longest, coverage } = check
  const tried = `${countOf(schedules, 'schedule')} with ${accessWords(check.accesses, 'access')}`
  const behind = `${countOf(loaded, 'schedule')} behind a load`
  return {
    title: `A search on ${tracker}`,
    findings: [foundOf(check, tried), ...(coverage ? [coverageWords(coverage)] : [])],
    facts: [
      ...ownFacts(check),
      ['looked for', wanted],
      ['promise', promiseWords(check)],
      [
        'searched',
        `${tried} ${policyWords(check)}, up to ${countOf(longest, 'operation')} in one, ${behind}, from seed ${check.seed}`,
      ],
      ...(found ? factsOf(found) : []),
      NO_HOST,
    ],
    warnings: [
      ...brokenWarning(tracker, found),
      ...(check.own?.broken ?? []).map((words) => `${tracker} ${words}`),
      ...(differ ? [`two runs of one schedule differ: nothing is known of ${tracker}`] : []),
    ],
    figures: foundFigure(tracker, check.promise, found, kinds),
    notes: [...searchedLines(check), ...logLines(found)],
  }
}

/** One schedule. */
export function findingSection(finding: PageFinding, kinds: Kinds): Section {
  const { tracker } = finding
  const promise = finding.promiseBroken ? 'not kept' : 'kept'
  return {
    title: `A schedule on ${tracker}`,
    findings: [foundWords(finding)],
    facts: [...ownFacts(finding), ...factsOf(finding), NO_HOST],
    warnings: brokenWarning(tracker, finding),
    figures: foundFigure(tracker, promise, finding, kinds),
    notes: logLines(finding),
  }
}

/** A tracker file that could not be run, or searched. */
export function failedSection({ tracker, file, faults, found }: PageFailed, kinds: Kinds): Section {
  return {
    title: tracker,
    findings: [`Nothing could be found out of ${tracker}.`],
    facts: [['tracker file', file], ...(found ? factsOf(found) : []), NO_HOST],
    warnings: faults,
    figures: foundFigure(tracker, 'not kept', found, kinds),
    notes: logLines(found),
  }
}
