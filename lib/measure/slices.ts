/** What the timed slices of a run say of each variant. */
import type { NativeBench } from '../native/native.js'
import type { RegimeTimes, SliceFacts, Throughput } from '../results/comparison.js'
import type { Duty } from '../results/figures.js'
import type { Line } from '../results/line.js'
import { inRegime, lineRegimes } from './line.js'
import { estimate, HISTOGRAM_BUCKETS, latency, quotients, ratioOf } from './statistics.js'

/** Of what was to be done beside the timed threads, the share without which there is no figure. */
const DUTY_SHARE = 0.9

/** ns per pair of one variant, round by round; NaN for a slice that was dropped. */
export function roundsOf(all: Float64Array, variant: number, rounds: number): number[] {
  return Array.from(all.subarray(variant * rounds, (variant + 1) * rounds))
}

/** The same of some of the rounds. */
export const ofRounds = (
  all: Float64Array,
  variant: number,
  total: number,
  rounds: readonly number[],
): number[] => rounds.map((round) => all[variant * total + round] as number)

/** Null where no line was looked at. The looks of the rounds that timed latencies come last. */
export function lineOf({ line }: NativeBench, rounds: number): Line | null {
  if (!line) return null
  const all = line.slice(1).map((after, i) => ({ before: line[i] ?? null, after }))
  const timed = all.slice(0, rounds)
  const regimes = lineRegimes(timed)
  const [first] = regimes.regimes
  const stray = first ? all.slice(rounds).filter((round) => !inRegime(first, round)) : []
  return { ...regimes, rounds: timed, latencyStray: stray.length }
}

/** The rounds of each regime; all, where none are told apart. */
function regimeRounds(line: Line | null, rounds: number): number[][] {
  if (!line || line.regimes.length === 0) return [Array.from({ length: rounds }, (_, i) => i)]
  return line.regimes.map((_, regime) =>
    line.regimeOf.flatMap((its, round) => (its === regime ? [round] : [])),
  )
}

/** Those that figures are made of. */
export const keptRounds = (line: Line | null, rounds: number): number[] =>
  regimeRounds(line, rounds)[0] ?? []

/** @returns null when in none of the rounds both were measured */
function times(
  all: Float64Array,
  variant: number,
  against: number,
  total: number,
  rounds: readonly number[],
): RegimeTimes | null {
  const own = ofRounds(all, variant, total, rounds)
  const off = ofRounds(all, against, total, rounds)
  const vsOff = ratioOf(own, off)
  return vsOff && { nsPerPair: estimate(own), vsOff }
}

/**
 * @param against the place of the `off` that it is compared with
 * @returns null when in no round of the first regime both were measured
 */
export function throughput(
  bench: NativeBench,
  variant: number,
  against: number,
  threads: number,
  rounds: number,
  line: Line | null,
): Throughput | null {
  const byRegime = regimeRounds(line, rounds)
  const [first = []] = byRegime
  const of = (all: Float64Array, some: readonly number[]) =>
    times(all, variant, against, rounds, some)
  const main = of(bench.nsPerPair, first)
  if (!main) return null
  const sum = (all: Float64Array): number =>
    ofRounds(all, variant, rounds, first).reduce((total, one) => total + one, 0)
  const percentiles = (buckets: Float64Array) =>
    latency(buckets.subarray(variant * HISTOGRAM_BUCKETS, (variant + 1) * HISTOGRAM_BUCKETS))
  const seconds = sum(bench.seconds) / threads
  return {
    threads,
    ...main,
    roundsVsOff: quotients(
      roundsOf(bench.nsPerPair, variant, rounds),
      roundsOf(bench.nsPerPair, against, rounds),
    ).map((one, round) => (Number.isNaN(one) || !first.includes(round) ? null : one)),
    mean: of(bench.meanNs, first),
    byRegime: line ? line.regimes.map((_, i) => of(bench.nsPerPair, byRegime[i] ?? [])) : [],
    pairsPerSecond: sum(bench.pairs) / seconds,
    bytesPerSecond: sum(bench.bytes) / seconds,
    failedMaps: sum(bench.failed),
    mapNs: percentiles(bench.mapNs),
    unmapNs: percentiles(bench.unmapNs),
    pairNs: percentiles(bench.pairNs),
  }
}

/** `12 of 75 looks of the sampler, which were due, were made` */
export function dutyWords(kind: 'looks' | 'growth', { due, made }: Duty): string {
  const what =
    kind === 'looks' ? 'looks of the sampler were made' : 'pieces of growth work were begun'
  return `${made} of ${due} ${what} while the threads ran`
}

const neglected = (duty: Duty | null): duty is Duty =>
  duty !== null && duty.made < DUTY_SHARE * duty.due

const neglectedWords = (kind: 'looks' | 'growth', duty: Duty): string =>
  `${dutyWords(kind, duty)}; expected at least ${Math.round(100 * DUTY_SHARE)} %`

/** @param against the place of the `off` that it is compared with */
export function sliceFacts(
  bench: NativeBench,
  variant: number,
  against: number,
  rounds: number,
  line: Line | null,
): SliceFacts {
  const kept = keptRounds(line, rounds)
  const where = line && line.regimes.length > 0 ? ' in which a line moved as in the figures' : ''
  const slicesOf = (v: number): number[] => ofRounds(bench.nsPerPair, v, rounds, kept)
  const nowhere = (what: string): string =>
    `${what} in the ${kept.length} rounds${where} was long enough to be measured; raise sliceMs or rounds`
  const untimed = (v: number): string | null => {
    const looks = bench.looks[v] ?? null
    const growth = bench.growth[v] ?? null
    if (neglected(looks)) return neglectedWords('looks', looks)
    if (neglected(growth)) return neglectedWords('growth', growth)
    return slicesOf(v).every(Number.isNaN) ? nowhere('none of its slices') : null
  }
  const off = untimed(against)
  const apart = ratioOf(slicesOf(variant), slicesOf(against))
    ? null
    : nowhere('none of its slices with one of off beside it')
  return {
    looks: bench.looks[variant] ?? null,
    growth: bench.growth[variant] ?? null,
    dropped: [bench.droppedBy[variant] ?? 0, bench.droppedBy[against] ?? 0],
    untimed: untimed(variant) ?? (off === null ? apart : `off: ${off}`),
  }
}
