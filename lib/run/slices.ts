/** What the timed slices of a run say of each variant. */
import type { NativeBench } from '../native.js'
import { inRegime, type Line, lineRegimes } from './line.js'
import { estimate, HISTOGRAM_BUCKETS, latency, quotients, ratio } from './statistics.js'
import type { Duty, RegimeTimes, SliceFacts, Throughput } from './types.js'

/** Of what was to be done beside the timed threads, the share without which there is no figure. */
export const DUTY_SHARE = 0.9

/** ns per pair of one variant, round by round; NaN for a slice that was dropped. */
export function roundsOf(all: Float64Array, variant: number, rounds: number): number[] {
  return Array.from(all.subarray(variant * rounds, (variant + 1) * rounds))
}

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

/** @returns null when none of the rounds was measured */
function times(
  all: Float64Array,
  variant: number,
  against: number,
  total: number,
  rounds: readonly number[],
): RegimeTimes | null {
  const of = (v: number): number[] => rounds.map((round) => all[v * total + round] as number)
  const [own, off] = [of(variant), of(against)]
  if (quotients(own, off).every(Number.isNaN)) return null
  return { nsPerPair: estimate(own), vsOff: ratio(own, off) }
}

/**
 * @param against the place of the `off` that it is compared with
 * @throws InputError when none of its slices in the first regime was measured
 */
export function throughput(
  bench: NativeBench,
  variant: number,
  against: number,
  threads: number,
  rounds: number,
  line: Line | null,
): Throughput {
  const byRegime = regimeRounds(line, rounds)
  const [first = []] = byRegime
  const of = (all: Float64Array, some: readonly number[]) =>
    times(all, variant, against, rounds, some)
  const sum = (all: Float64Array): number =>
    first.reduce((total, round) => total + (all[variant * rounds + round] as number), 0)
  const percentiles = (buckets: Float64Array) =>
    latency(buckets.subarray(variant * HISTOGRAM_BUCKETS, (variant + 1) * HISTOGRAM_BUCKETS))
  const seconds = sum(bench.seconds) / threads
  // estimate() says what is wrong with nothing.
  const main = of(bench.nsPerPair, first) ?? { nsPerPair: estimate([]), vsOff: ratio([], []) }
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

/** @param against the place of the `off` that it is compared with */
export function sliceFacts(bench: NativeBench, variant: number, against: number): SliceFacts {
  const untimed = (v: number): string | null => {
    const looks = bench.looks[v] ?? null
    const growth = bench.growth[v] ?? null
    if (neglected(looks)) return dutyWords('looks', looks)
    return neglected(growth) ? dutyWords('growth', growth) : null
  }
  const off = untimed(against)
  return {
    looks: bench.looks[variant] ?? null,
    growth: bench.growth[variant] ?? null,
    untimed: untimed(variant) ?? (off === null ? null : `off: ${off}`),
  }
}
