/** A search in several: each goes through some of the seeds, and together they are one. */
import { type CheckResult, type Largest, type Until, untilNames } from '../results/check.js'

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

/** A search ends with what it finds: what came behind that does not count. */
function untilEnd(parts: readonly CheckResult[]): readonly CheckResult[] {
  const end = parts.findIndex(({ found, differ }) => found !== null || differ !== null)
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
  const parts = untilEnd(all)
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
