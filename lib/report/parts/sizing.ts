/** Whether a pool that was asked about is enough, and which line several loads take. */
import { hasAreas } from '../../boot/family.js'
import { countOf, formatBytes, formatSlots, usedWords, verbOf } from '../../data/units.js'
import type { PoolSize, Sizing } from '../../results/size.js'
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

/** The answer to what was asked about. */
export function enoughWords(
  enough: Enough,
  { provenSlots, marginPercent }: { readonly provenSlots: number; readonly marginPercent: number },
): string {
  const margin = marginPercent === 0 ? '' : ` of the trace and ${marginPercent} % more of it`
  const { served, failedMaps } = enough
  const pool = enoughPool(enough)
  const unsaid = unsaidCpusWords(enough)
  if (served) return `Enough: ${pool} serve every map${margin}.${unsaid}`
  if (served === null) {
    return `Not known: ${pool} serve every map that is left, but events were lost.${unsaid}`
  }
  if (failedMaps === 0) {
    return `Not enough: ${usedWords(provenSlots)} in use for certain, and ${pool} are fewer.${unsaid}`
  }
  return `Not enough: in ${pool} ${countOf(failedMaps, 'map')}${margin} ${verbOf(failedMaps, 'fails', 'fail')}.${unsaid}`
}

type Bears = NonNullable<Sizing['bears']>

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
  readonly answer: PoolSize | null
  readonly ownAreas?: PoolSize | null | undefined
  readonly atLeast?: PoolSize | null | undefined
}

/** The pool to ask for, or what is known of it. */
export const poolOf = (sizing: Lined): PoolSize | null => poolFor(sizing) ?? sizing.atLeast ?? null

/** The line for one load, or why there is none. */
export function lineOf(sizing: Lined): string {
  const pool = poolOf(sizing)
  if (!pool) return 'no pool size serves'
  const line = `${pool.parameter} (${formatBytes(pool.bytes)})`
  return sizing.answer ? line : `no answer, since events were lost; at least ${line}`
}

const isLarger = (a: PoolSize, b: PoolSize): boolean =>
  a.slots > b.slots || (a.slots === b.slots && a.areas > b.areas)

/** The largest line of several loads, or of what is known of them. */
function largestOf(traces: readonly Lined[]): string {
  const [first, ...others] = traces
  if (!first) return ''
  const unknown = traces.find(({ answer }) => !answer)
  const largest = others.reduce((a, b) => {
    const [one, other] = [poolOf(a), poolOf(b)]
    return other && (!one || isLarger(other, one)) ? b : a
  }, first)
  const pool = poolOf(largest)
  if (!unknown) return `${lineOf(largest)}, the largest of each, for ${largest.name}`
  const why = unknown.atLeast ? 'events were lost of' : 'no pool size serves'
  const least = pool ? `; at least ${pool.parameter} (${formatBytes(pool.bytes)})` : ''
  return `no answer, since ${why} ${unknown.name}${least}`
}

/** Which line several loads take: of one machine all at once, of several the largest. */
export function takeWords(traces: readonly Lined[], together: Lined | undefined): string[] {
  const each = largestOf(traces)
  if (!together) return [`So far: ${each}.`]
  return [
    `Loads of one machine that may run together: ${lineOf(together)}, ${together.name}.`,
    `Loads of several machines, or that never run together: ${each}.`,
  ]
}
