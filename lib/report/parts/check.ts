/** What a search of schedules found, and where it looked, in words. */
import { countOf, formatSlots, slotWords, verbOf } from '../../data/units.js'
import { isAbovePool } from '../../measure/verdict.js'
import type {
  Beside,
  CheckResult,
  Coverage,
  Finding,
  FindingName,
  Largest,
  Races,
  Unreached,
  Until,
} from '../../results/check.js'
import type { Layout } from '../../results/variant.js'
import { joinWords } from '../words.js'
import { raceWords } from './races.js'

/** Who goes on in the schedules of a search; of a single one nothing alternates. */
export function policyWords({
  policy,
  schedules,
}: Pick<CheckResult, 'policy' | 'schedules'>): string {
  if (schedules < 2) return `(policy ${policy})`
  const turns = policy === 'both' ? 'policies uniform and priority by turns' : `policy ${policy}`
  return `(${turns}, in one of four a CPU is held)`
}

/** `1 shared access`, `7 shared accesses` */
export const accessWords = (accesses: number, one: string): string =>
  `${accesses} ${verbOf(accesses, one, `${one}es`)}`

/** The rest is in the JSON document. */
const UNREACHED_TOLD = 12

const findingWords: Readonly<Record<FindingName, string>> = {
  under: 'the mark is under the peak by more than is promised',
  over: 'the mark is over the peak by more than is promised',
  used: 'at rest, used is not the number of slots in use',
  broken: 'an invariant of the allocator does not hold',
  deadlock: 'everybody waits for ever',
  endless: 'it goes on for ever',
  read: 'a reader saw used above the mark that it read next, which is promised not to be',
  lower: 'more was certified to have been in use than any order allows',
  'below-truth': 'the mark is below the peak that really was',
  'above-truth': 'the mark is above the peak that really was',
  'above-pool': 'the mark is above what the pool has',
  fell: 'the mark fell though nobody reset it',
  reset: 'the mark was reset with mappings live, and is off by more than was promised until then',
  transient: 'the slots of a transient pool are left out, as the tracker says itself',
  'read-above': 'used was read, then the mark, and used was above it',
}

/** What a mark below 0 is as well, read without its sign. */
const WITHOUT_SIGN: ReadonlySet<FindingName> = new Set(['over', 'above-truth', 'above-pool'])

/** What a finding says already. */
const includes: Readonly<Partial<Record<FindingName, FindingName>>> = {
  under: 'below-truth',
  over: 'above-truth',
  read: 'read-above',
}

/** A sentence for each finding that no other one includes. */
export function sentencesOf({ findings, reportedSlots }: Finding): string {
  const fell = reportedSlots < 0
  const shown = findings.filter((name) => !(fell && WITHOUT_SIGN.has(name)))
  const said = new Set(shown.map((name) => includes[name]))
  const told = [
    ...(fell ? [slotWords(reportedSlots)] : []),
    ...shown.filter((name) => !said.has(name)).map((name) => findingWords[name]),
  ]
  const [first = 'nothing of note', ...others] = told
  return [first, ...others.map((text) => text[0]?.toUpperCase() + text.slice(1))]
    .map((text) => `${text}.`)
    .join(' ')
}

const besideWords: Readonly<Record<Beside, string>> = {
  switch: 'turned on and off',
  reset: 'the mark reset',
  growth: 'the pool growing',
  tolerance: 'the tolerance changed',
  reader: 'used and the mark read',
  load: 'a load before them',
}

const untilWords: Readonly<Record<Until, string>> = {
  reset: 'a reset with live mappings',
  transient: 'a transient pool, whose slots it leaves out',
}

const layoutWords = ({ areaLayout, counterLayout, slotIndex }: Layout): string =>
  `areas ${areaLayout}, counters ${counterLayout}, index ${slotIndex}`

type Fact = readonly [name: string, value: string]

const fact = (name: string, value: string): Fact => [name, value]

/** Names and what is so. */
export function factsOf({ pool, cpus, operations, accesses, beside, ...finding }: Finding): Fact[] {
  const { low, high } = finding.envelopeSlots
  const { loadOperations: load, readSlots, certified } = finding
  // In the middle of an operation nothing need be right: it was not judged.
  const ended = !finding.findings.some((name) => name === 'deadlock' || name === 'endless')
  return [
    ['seed', String(finding.seed)],
    [
      'scenario',
      `${countOf(cpus, 'CPU')}, ${countOf(operations, 'operation')}, ` +
        `${formatSlots(pool.slots)} in ${countOf(pool.areas, 'area')}; ${accesses} shared accesses`,
    ],
    ...(load === 0 ? [] : [fact('load', `${countOf(load, 'operation')} before it, one by one`)]),
    ...(beside.length === 0
      ? []
      : [fact('beside', beside.map((name) => besideWords[name]).join(', '))]),
    ['layout', layoutWords(finding.layout)],
    ...(ended
      ? [
          fact('reported', formatSlots(finding.reportedSlots)),
          fact('really was', formatSlots(finding.truthSlots)),
          fact('any order', low === high ? formatSlots(low) : `${low} to ${formatSlots(high)}`),
          ...(isAbovePool({ low, high }, pool)
            ? [
                fact(
                  'of these',
                  'some have more than the pool has room for: that is not asked of an order',
                ),
              ]
            : []),
        ]
      : []),
    ...(finding.findings.includes('used')
      ? [
          fact(
            'used',
            `${formatSlots(finding.usedSlots)}; mapped are ${formatSlots(finding.liveSlots)}`,
          ),
        ]
      : []),
    ...(readSlots === null
      ? []
      : [
          fact(
            'a reader saw',
            `used ${formatSlots(readSlots.used)}, then the mark ${slotWords(readSlots.hiwater)}`,
          ),
        ]),
    ...(finding.findings.includes('lower') && certified !== null
      ? [
          fact(
            'certified',
            `${formatSlots(certified.lowerSlots)} in use at some instant; in any order until ` +
              `then at most ${slotWords(certified.mostSlots)}`,
          ),
        ]
      : []),
    ...(finding.broken === null ? [] : [fact('invariant', finding.broken)]),
  ]
}

/** `areas packed or padded, counters kernel, index bitmap` */
function layoutsWords(layouts: readonly Layout[]): string {
  const values = (key: keyof Layout): string =>
    [...new Set(layouts.map((layout) => layout[key]))].join(' or ')
  return `areas ${values('areaLayout')}, counters ${values('counterLayout')}, index ${values('slotIndex')}`
}

/** Where was searched, and what was met there. */
type Searched = Pick<CheckResult, 'beside' | 'layouts' | 'until' | 'largest' | 'tolerance'> & Races

/** `sizes: up to 4 CPUs, 4 areas, a pool of 131072 slots (256 MiB); in use at once up to 65971 slots` */
const largestWords = ({ cpus, slots, areas, usedSlots }: Largest): string =>
  `sizes: up to ${countOf(cpus, 'CPU')}, ${countOf(areas, 'area')}, a pool of ` +
  `${formatSlots(slots)}; in use at once up to ${formatSlots(usedSlots)}`

/** Where it was searched, and what the promise does not cover, a line each. */
export function searchedLines({
  beside,
  layouts,
  until,
  largest,
  tolerance,
  ...met
}: Searched): string[] {
  const meanwhile = beside.map((name) => besideWords[name]).join(', ') || 'nothing'
  const said = until
    .filter(({ schedules }) => schedules > 0)
    .map(
      ({ what, schedules }) =>
        `Its promise ends with ${untilWords[what]}, as it says itself: so the mark was not judged ` +
        `in ${countOf(schedules, 'schedule')}.`,
    )
  return [
    ...(largest ? [largestWords(largest)] : []),
    `layouts: ${layoutsWords(layouts)}; beside the maps: ${meanwhile}` +
      (tolerance === null ? '' : `; the tolerance is ${slotWords(tolerance)}`),
    ...said,
    ...raceWords(met),
  ]
}

/** `tracker_reset (line 40)`, `line 52 of tracker_add`, `line 3 of add_all in common.h` */
function unreachedWords({ function: name, line, what, file }: Unreached): string {
  if (what === 'function' || what === 'absent')
    return `${name} (line ${line}${file === undefined ? '' : ` of ${file}`})`
  const where = `${what === 'part' ? 'part of ' : ''}line ${line}`
  const inFile = file === undefined ? '' : ` in ${file}`
  return (name === null ? where : `${where} of ${name}`) + inFile
}

const someOf = (unreached: readonly Unreached[]): string => {
  const some = unreached.slice(0, UNREACHED_TOLD).map(unreachedWords)
  const more = unreached.length - some.length
  return joinWords(more > 0 ? [...some, `${more} more`] : some)
}

/** Which of the tracker's code ran. */
export function coverageWords(coverage: Coverage): string {
  if (!coverage.known) return `Which of its code ran is not known: ${coverage.why}.`
  const absent = coverage.unreached.filter(({ what }) => what === 'absent')
  const unreached = coverage.unreached.filter(({ what }) => what !== 'absent')
  const missing = absent.length === 1 ? 'is its #define missing' : 'are their #defines missing'
  return [
    unreached.length > 0
      ? `Not reached by any schedule: ${someOf(unreached)}.`
      : `Every line of its ${absent.length > 0 ? 'compiled ' : ''}code that the compiler kept apart ran in some schedule.`,
    ...(absent.length > 0 ? [`Never compiled in: ${someOf(absent)}: ${missing}?`] : []),
  ].join(' ')
}

/** `never over`, and what a reader is promised. */
export function promiseWords({ promise, reads }: Pick<CheckResult, 'promise' | 'reads'>): string {
  const mark = promise === 'none' ? 'none for its mark' : promise
  return reads ? `${mark}, and used never read above the mark` : mark
}
