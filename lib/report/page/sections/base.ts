/** What a section has more where there is a base: what changed, and what else is another. */
import { stepNames } from '../../parts/steps.js'
import { joinWords } from '../../words.js'
import {
  costChanges,
  isChanged,
  type MarkChange,
  markChanges,
  type Reported,
  type Rows,
} from '../base/changes.js'
import { type Pair, stepsOfBoth } from '../base/comparable.js'
import type { PageComparison } from '../documents/comparison.js'
import type { PageDocument } from '../documents/document.js'
import type { PageReplay } from '../documents/replay.js'
import type { PageSizing } from '../documents/size.js'
import type { Kinds } from '../kinds.js'
import { costChangeFigure, stepChangeFigures } from '../views/change.js'
import {
  answerWords,
  bookedChangeFigure,
  markChangeFigure,
  sizeChangeFigure,
} from '../views/change-slots.js'
import { costedOf } from './replay.js'
import type { Section } from './section.js'

type More = Pick<Section, 'findings' | 'warnings' | 'figures'>

const reportedOf = ({ rows }: PageComparison): Reported[] =>
  rows.map(({ tracker, accuracy, promiseBroken }) => ({ tracker, promiseBroken, ...accuracy }))

/** A tracker that is in one of the two only. */
function onlyWords(before: Rows, now: Rows): string[] {
  const names = [before, now].map(({ rows }) => rows.map(({ tracker }) => tracker))
  const [old = [], here = []] = names
  const gone = old.filter((name) => !here.includes(name))
  const added = here.filter((name) => !old.includes(name))
  return [
    ...(gone.length > 0 ? [`Only in the base: ${joinWords(gone)}.`] : []),
    ...(added.length > 0 ? [`Not in the base: ${joinWords(added)}.`] : []),
  ]
}

function markWords(changes: readonly MarkChange[], where = ''): string[] {
  const changed = changes.filter(isChanged).length
  if (changes.length === 0 || changed > 0) return []
  const words =
    changes.length === 1
      ? 'The mark is what it was'
      : `All ${changes.length} marks are what they were`
  return [`${words} in the base${where}.`]
}

/** What makes two rows of one name no longer the same thing. */
const promiseWarnings = (before: PageComparison, now: PageComparison): string[] =>
  now.rows.flatMap(({ tracker, accuracy: { bounds } }) => {
    const old = before.rows.find((row) => row.tracker === tracker)?.accuracy.bounds
    if (!old || (old.under === bounds.under && old.over === bounds.over)) return []
    const words = ({ under, over }: typeof bounds): string =>
      `${under ?? 'any number of'} under and ${over ?? 'any number of'} over`
    return [
      `${tracker} promises otherwise than in the base: ${words(bounds)} slots, in the base ${words(old)}`,
    ]
  })

/** Two threads of one core, and two cores, are two machines to a tracker. */
function regimeWarnings(before: PageComparison, now: PageComparison): string[] {
  const [old, here] = [before, now].map(({ timing }) => timing?.line?.regimes[0]?.sharedCore)
  if (old === undefined || here === undefined || old === here) return []
  const words = (shared: boolean): string => (shared ? 'threads of one core' : 'cores of their own')
  return [
    `the timed CPUs were ${words(here)}, and in the base ${words(old)}: costs differ for that`,
  ]
}

const untimedWords = (before: Rows, now: Rows): string[] => {
  const timed = ({ timing, machine }: Rows): boolean => timing !== null || machine !== undefined
  if (timed(before) && timed(now)) return []
  if (!timed(before) && !timed(now)) return []
  return [`${timed(now) ? 'The base' : 'This'} was not timed, so that no cost can be compared.`]
}

const orderWords = ({ rows }: PageComparison): string =>
  rows[0]?.accuracy.engine === 'threads'
    ? ' On threads each run has an order of its own, in which a mark may differ for that alone.'
    : ''

function ofComparison(before: PageComparison, now: PageComparison, kinds: Kinds): More {
  const marks = markChanges(reportedOf(before), reportedOf(now))
  return {
    findings: [...markWords(marks), ...onlyWords(before, now), ...untimedWords(before, now)],
    warnings: [...promiseWarnings(before, now), ...regimeWarnings(before, now)],
    figures: [
      ...costChangeFigure(costChanges(before, now), kinds),
      ...markChangeFigure(marks, kinds, orderWords(now)),
    ],
  }
}

function ofSweep({ before, now }: Extract<Pair, { kind: 'sweep' }>, kinds: Kinds): More {
  const { parameter } = now
  const steps = stepsOfBoth(before, now).map(({ value, old, here }) => ({
    step: stepNames(parameter, [{ value, comparison: here }]),
    old,
    here,
    marks: markChanges(reportedOf(old), reportedOf(here)),
  }))
  const left = (from: typeof now, other: typeof now): string[] =>
    from.steps
      .filter(({ value }) => !other.steps.some((step) => step.value === value))
      .map(({ value }) => String(value))
  const [gone, added] = [left(before, now), left(now, before)]
  const changed = steps.findLast(({ marks }) => marks.some(isChanged))
  const last = steps.at(-1)
  return {
    findings: [
      ...(changed
        ? []
        : markWords(
            steps.flatMap(({ marks }) => marks),
            ', at each step',
          )),
      ...(gone.length > 0 ? [`Steps only in the base: ${joinWords(gone)}.`] : []),
      ...(added.length > 0 ? [`Steps that are not in the base: ${joinWords(added)}.`] : []),
      ...(last ? [...onlyWords(last.old, last.here), ...untimedWords(last.old, last.here)] : []),
    ],
    warnings: [
      ...new Set(
        steps.flatMap(({ old, here }) => [
          ...promiseWarnings(old, here),
          ...regimeWarnings(old, here),
        ]),
      ),
    ],
    figures: [
      ...stepChangeFigures(
        steps.map(({ step, old, here }) => ({ step, sides: costChanges(old, here) })),
      ),
      ...(changed
        ? markChangeFigure(changed.marks, kinds, orderWords(changed.here)).map((figure) => ({
            ...figure,
            title: `${figure.title}, at ${changed.step}`,
          }))
        : []),
    ],
  }
}

function ofReplay(before: PageReplay, now: PageReplay, kinds: Kinds): More {
  const [old, here] = [costedOf(before), costedOf(now)]
  const marks = markChanges(old.rows, here.rows)
  return {
    findings: [...markWords(marks), ...onlyWords(old, here)],
    warnings: [],
    figures: [
      ...costChangeFigure(costChanges(old, here), kinds),
      ...markChangeFigure(marks, kinds),
    ],
  }
}

/** What was asked of a sizing, by names. */
const questionOf = ({
  asked,
  cpus,
  current,
  rows,
}: PageSizing): Readonly<Record<string, string>> => ({
  ...(asked && {
    margin: `${asked.marginPercent} %`,
    'number of orders': `${asked.orders}`,
    overlap: `${asked.overlapUs} us`,
    seed: `${asked.seed}`,
  }),
  'number of CPUs': `${cpus}`,
  'pool of the machine': current ? `${current.slots},${current.areas}` : 'not known',
  'list of areas': joinWords(rows.map(({ areas }) => `${areas}`)),
})

/** A change is one of the question where the question is another. */
function questionWords(before: PageSizing, now: PageSizing): string[] {
  const old = questionOf(before)
  const others = Object.entries(questionOf(now)).flatMap(([what, value]) => {
    const past = old[what]
    return past === undefined || past === value
      ? []
      : [`the ${what} is ${value}, in the base ${past}`]
  })
  return others.length === 0 ? [] : [`Another question than the base's: ${others.join('; ')}.`]
}

function ofSizing(before: PageSizing, now: PageSizing, kinds: Kinds): More {
  const [old, here] = [before.bears?.percent, now.bears?.percent]
  return {
    findings: [
      ...questionWords(before, now),
      answerWords(before, now),
      ...(old === undefined || here === undefined || old === here
        ? []
        : [`It bears ${here} % more load, in the base ${old} %.`]),
    ],
    warnings: [],
    figures: [...sizeChangeFigure(before, now), ...bookedChangeFigure(before, now, kinds)],
  }
}

function moreOf(pair: Pair, kinds: Kinds): More {
  switch (pair.kind) {
    case 'compare':
      return ofComparison(pair.before, pair.now, kinds)
    case 'sweep':
      return ofSweep(pair, kinds)
    case 'replay':
      return ofReplay(pair.before, pair.now, kinds)
    case 'size':
      return ofSizing(pair.before, pair.now, kinds)
  }
}

/** What a result was made with, by names; what may be the reason of a change. */
function softwareOf({ kind, result, made }: PageDocument): Readonly<Record<string, string>> {
  const first = kind === 'compare' ? result : kind === 'sweep' ? result.steps[0]?.comparison : null
  const { kernel, compiler, node, clock } = first?.host ?? {}
  return {
    'swiotlb-lab': made.version,
    ...(first?.host && {
      Linux: `${kernel}`,
      compiler: `${compiler}`,
      Node: `${node}`,
      clock: `${clock}`,
    }),
  }
}

function softwareWords(before: PageDocument, now: PageDocument): string {
  const [old, here] = [softwareOf(before), softwareOf(now)]
  const changed = Object.entries(here).filter(([name, value]) => value !== (old[name] ?? value))
  return changed.length === 0
    ? 'nothing that a result tells of'
    : changed.map(([name, value]) => `${name} ${value}, in the base ${old[name]}`).join('; ')
}

/** The changes come first: they are what is asked for where there is a base. */
export function besideBase(
  section: Section,
  documents: { readonly before: PageDocument; readonly now: PageDocument },
  pair: Pair,
  kinds: Kinds,
): Section {
  const { before, now } = documents
  const more = moreOf(pair, kinds)
  const untold = pair.untold.map(
    (what) => `not both results tell their ${what}: whether it was the same is not known`,
  )
  return {
    ...section,
    title: `${section.title}, against a base`,
    findings: [
      ...more.figures.map(({ sentence }) => sentence),
      ...more.findings,
      ...section.findings,
    ],
    facts: [
      ['base', `${before.file}, by swiotlb-lab ${before.made.version}: ${before.made.command}`],
      ['else changed', softwareWords(before, now)],
      ...section.facts,
    ],
    warnings: [...untold, ...more.warnings, ...section.warnings],
    figures: [...more.figures, ...section.figures],
  }
}
