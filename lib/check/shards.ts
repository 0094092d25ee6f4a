/** A search in several: each goes through some of the seeds, and together they are one. */
import { InputError } from '../data/errors.js'
import { type CheckResult, type Largest, type Until, untilNames } from '../results/check.js'
import { type Covered, coverageOf, joinCovered } from '../tracker-file/covered.js'
import { joinRaces } from '../tracker-file/races.js'
import type { TrackerFileCheck, TrackerFilePart } from '../tracker-file/types.js'

/**
 * A search runs each 64th of its schedules twice, and takes policies in turn; in pieces of so many
 * seeds it does so with the same ones.
 */
export const SEEDS_TOGETHER = 64

export interface SeedRange {
  readonly seed: number
  readonly seeds: number
}

/** The seeds of each part; at most as many parts as there are pieces. */
export function seedRanges({ seed, seeds }: SeedRange, parts: number): SeedRange[] {
  const pieces = Math.ceil(seeds / SEEDS_TOGETHER)
  const start = (part: number): number =>
    Math.min(seeds, Math.floor((part * pieces) / parts) * SEEDS_TOGETHER)
  return Array.from({ length: parts }, (_, part) => ({
    seed: seed + start(part),
    seeds: start(part + 1) - start(part),
  }))
}

const endsSearch = ({ found, differ }: CheckResult): boolean => found !== null || differ !== null

/** A search ends with what it finds: what came behind that does not count. */
function untilEnd<T>(parts: readonly T[], ends: (part: T) => boolean): readonly T[] {
  const end = parts.findIndex(ends)
  return end < 0 ? parts : parts.slice(0, end + 1)
}

function joinLargest(parts: readonly CheckResult[]): Largest | null {
  const all = parts.flatMap(({ largest }) => largest ?? [])
  const most = (of: keyof Largest): number => Math.max(...all.map((one) => one[of]))
  return all.length < parts.length
    ? null
    : {
        slots: most('slots'),
        areas: most('areas'),
        cpus: most('cpus'),
        usedSlots: most('usedSlots'),
      }
}

/** What one search through all seeds gives, from what searches through the ranges gave. */
export function joinSearches({ seed, seeds }: SeedRange, all: readonly CheckResult[]): CheckResult {
  const parts = untilEnd(all, endsSearch)
  const last = parts.at(-1) as CheckResult
  const sum = (of: (part: CheckResult) => number): number =>
    parts.reduce((total, part) => total + of(part), 0)
  const past = (what: Until): number =>
    sum(({ until }) => until.find((one) => one.what === what)?.schedules ?? 0)
  const named = untilNames.filter((what) =>
    parts.some(({ until }) => until.some((one) => one.what === what)),
  )
  return {
    ...last,
    seed,
    seeds,
    schedules: sum(({ schedules }) => schedules),
    accesses: sum(({ accesses }) => accesses),
    loaded: sum(({ loaded }) => loaded),
    longest: Math.max(...parts.map(({ longest }) => longest)),
    largest: joinLargest(parts),
    until: named.map((what) => ({ what, schedules: past(what) })),
  }
}

/** What one machine's compiler makes of one file must be what the others make of theirs. */
function checkSameCode(parts: readonly TrackerFilePart[]): void {
  const code = ({ compiler, covered }: TrackerFilePart): string =>
    JSON.stringify([compiler, covered && { ...covered, reached: '' }])
  const [first, ...rest] = parts
  if (!first || rest.length === 0) return
  const expected = code(first)
  const other = rest.find((part) => code(part) !== expected)
  if (!other) return
  const made = [first, other].map(({ compiler }) => compiler ?? 'none')
  const [files = [], others = []] = [first, other].map(({ covered }) => covered?.files)
  const changed = files.find(({ digest }, i) => digest !== others[i]?.digest)?.name
  const included =
    changed === undefined || changed === first.tracker ? '' : `${changed}, which it includes, `
  throw new InputError(
    made[0] === made[1]
      ? `${first.tracker}: ${included}is another file in some of the shards; expected the same in all`
      : `${first.tracker}: compiled by ${made.join(' and by ')}; expected one compiler for all shards`,
  )
}

/**
 * What one search of a tracker file through all seeds gives.
 *
 * @throws InputError where its shards have not searched the same code
 */
export function joinFileSearches(
  range: SeedRange,
  all: readonly TrackerFilePart[],
): TrackerFileCheck {
  const parts = untilEnd(
    all,
    ({ fault, result }) => fault !== null || !result || endsSearch(result),
  )
  const { covered: _, ...last } = parts.at(-1) as TrackerFilePart
  const results = parts.flatMap(({ result }) => result ?? [])
  // The compiler of one that ended its process is not known.
  checkSameCode(parts.filter(({ result }) => result !== null))
  if (last.fault !== null || !last.result) return last
  const [first, ...others] = parts.flatMap(({ covered }): Covered[] => (covered ? [covered] : []))
  const joined = joinSearches(range, results)
  const coverage = endsSearch(joined) || !first ? null : coverageOf(joinCovered(first, ...others))
  return {
    ...last,
    result: { ...joined, ...joinRaces(results.map(({ races }) => races)), coverage },
  }
}
