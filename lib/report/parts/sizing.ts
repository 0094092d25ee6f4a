/** Whether a pool that was asked about is enough, and which line several loads take. */
import { hasAreas } from '../../boot/family.js'
import { countOf, formatBytes, formatSlots, usedWords, verbOf } from '../../data/units.js'
import type { Meetings, PoolSize, Sizing } from '../../results/size.js'
import { poolFor } from '../../size/cautions.js'

type Enough = Omit<NonNullable<Sizing['enough']>, 'spills'>

/** The pool that was asked about, and what made it another than was typed. */
function enoughPool({ slots, areas, asked, parameter, kernel, cpus }: Enough): string {
  const ownAreas = asked.includes(',')
  const who = hasAreas(kernel) ? 'the kernel' : 'a kernel before 6.0'
  const where = ownAreas || !hasAreas(kernel) ? '' : ` on ${countOf(cpus, 'CPU')}`
  const pool = `${formatSlots(slots)} in ${countOf(areas, 'area')}`
  if (asked !== (ownAreas ? `${slots},${areas}` : `${slots}`)) {
    return `${pool} (asked for ${asked}; ${who} makes ${parameter} of it${where})`
  }
  return ownAreas ? pool : `${pool}, as ${who} makes it${where},`
}

/** Nobody said how many CPUs there are: then the areas may be others. */
function unsaidCpusWords({ asked, kernel, cpus, cpusFrom }: Enough): string {
  if (asked.includes(',') || !hasAreas(kernel) || cpusFrom !== 'trace') return ''
  return ` The trace shows ${countOf(cpus, 'CPU')}, and nothing says how many the machine has: --cpus does.`
}

/** What else the answer to a pool that was asked about hangs on. */
interface EnoughOf {
  readonly provenSlots: number
  readonly marginPercent: number
  /** Of several at once. */
  readonly meetings?: Pick<Meetings, 'runs'> | undefined
}

/** The answer to what was asked about. */
export function enoughWords(
  enough: Enough,
  { provenSlots, marginPercent, meetings }: EnoughOf,
): string {
  const margin = marginPercent === 0 ? '' : ` of the trace and ${marginPercent} % more of it`
  const { served, failedMaps } = enough
  const pool = enoughPool(enough)
  const tried = meetings ? ` It is the worst of ${countOf(meetings.runs, 'meeting')} tried.` : ''
  const unsaid = `${tried}${unsaidCpusWords(enough)}`
  if (served) return `Enough: ${pool} serve every map${margin}.${unsaid}`
  if (served === null) {
    return `Not known: ${pool} serve every map that is left, but events were lost.${unsaid}`
  }
  if (failedMaps === 0) {
    return `Not enough: ${usedWords(provenSlots)} in use for certain, and ${pool} are fewer.${unsaid}`
  }
  return `Not enough: in ${pool} ${countOf(failedMaps, 'map')}${margin} ${verbOf(failedMaps, 'fails', 'fail')}.${unsaid}`
}

type Bears = Pick<NonNullable<Sizing['bears']>, 'percent' | 'tried'>

/** Behind a comma; `load` is that than which more was tried. */
export function moreLoadWords({ percent, tried }: Bears, margin: number, load: string): string {
  if (percent === margin) return `with ${tried[0]} % more ${load} maps fail`
  return `it bears ${percent === tried.at(-1) ? 'at least ' : ''}${percent} % more ${load}`
}

/** The same alone. */
export function moreLoadSentence(bears: Bears, margin: number): string {
  const words = moreLoadWords(bears, margin, 'load')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** What of a sizing says which line is to be deployed. */
interface Lined {
  readonly name: string
  readonly answer: (PoolSize & { readonly margin: number }) | null
  readonly demandPeakSlots: number
  readonly ownAreas?: PoolSize | null | undefined
  readonly atLeast?: PoolSize | null | undefined
  /** Of several at once; a result of an earlier version tried one meeting only, and tells none. */
  readonly meetings?: Meetings | undefined
}

/** The pool to ask for, or what is known of it. */
export const poolOf = (sizing: Lined): PoolSize | null => {
  if (sizing.answer) return poolFor(sizing)
  return sizing.atLeast ? (sizing.meetings?.pool ?? sizing.atLeast) : null
}

/** The line for one load, or why there is none. */
export function lineOf(sizing: Lined): string {
  const pool = poolOf(sizing)
  if (!pool) return 'no pool size serves'
  const line = `${pool.parameter} (${formatBytes(pool.bytes)})`
  return sizing.answer ? line : `no answer, since events were lost; at least ${line}`
}

function isLarger(a: Lined, b: Lined): boolean {
  const [one, other] = [poolOf(a), poolOf(b)]
  if (!one || !other) return one !== null
  if (one.slots !== other.slots) return one.slots > other.slots
  if (one.areas !== other.areas) return one.areas > other.areas
  return a.demandPeakSlots > b.demandPeakSlots
}

/** The largest line of several loads, or of what is known of them. */
function largestOf(traces: readonly Lined[]): string {
  const [first, ...others] = traces
  if (!first) return ''
  const unknown = traces.find(({ answer }) => !answer)
  const largest = others.reduce((a, b) => (isLarger(b, a) ? b : a), first)
  const pool = poolOf(largest)
  if (!unknown) return `${lineOf(largest)}, the largest of each, for ${largest.name}`
  const why = unknown.atLeast ? 'events were lost of' : 'no pool size serves'
  const least = pool ? `; at least ${pool.parameter} (${formatBytes(pool.bytes)})` : ''
  return `no answer, since ${why} ${unknown.name}${least}`
}

/** How sure the line of all at once is: by the meetings that were tried. */
function meetingsLine({ name, meetings }: Lined): string {
  if (!meetings) return `${name} from their begin on; no other meeting was tried`
  const { runs, pool } = meetings
  return pool
    ? `${name} in each of ${countOf(runs, 'meeting')} that ${verbOf(runs, 'was', 'were')} tried; another may need more`
    : `${name} in ${countOf(runs, 'meeting')} that ${verbOf(runs, 'was', 'were')} tried`
}

/** What the meetings want, one by one, and what none exceeds; nothing where none were tried. */
export function meetingsWords(together: Lined | undefined): string[] {
  if (!together?.meetings) return []
  const { drawn, low, high, begins, peaks, sumPeakSlots, sumPool } = together.meetings
  const wants = (slots: number | null): string =>
    slots === null ? 'more than any that was tried' : `${slots}`
  const range = low === high ? wants(low) : `${wants(low)} to ${wants(high)}`
  const others = drawn === 0 ? '' : `; over all, with ${drawn} more that were drawn, ${range}`
  const least = together.answer ? '' : ', lost events aside'
  // A margin is a share of the maps, which need not be that share of what is asked for at one time.
  const most =
    (together.answer?.margin ?? 0) > 0
      ? 'The sum of the peaks, and the margin on it'
      : `No meeting asks for more at one time than the sum of the peaks${least}`
  const sum = `${formatSlots(sumPeakSlots)}${sumPool ? `, which ${sumPool.parameter} holds if nothing is fragmented` : ', more than any pool holds'}`
  return [
    `How they would meet nobody knows. Slots of the smallest pool: ${wants(begins)} where all begin at once, ` +
      `${wants(peaks)} where their peaks fall on one moment${others}. ${most}: ${sum}.`,
  ]
}

/** Which line several loads take: of one machine all at once, of several the largest. */
export function takeWords(traces: readonly Lined[], together: Lined | undefined): string[] {
  const each = largestOf(traces)
  if (!together) return [`So far: ${each}.`]
  return [
    `Loads of one machine that may run together: ${lineOf(together)}, ${meetingsLine(together)}.`,
    `Loads of several machines, or that never run together: ${each}.`,
  ]
}
